// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `devmemtop races`: a stream of reports, and an exit status that a test can use.
 */
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd_races.h"
#include "collect/race_from.h"
#include "lib/cmdline.h"
#include "lib/numbers.h"
#include "races/watch.h"
#include "races/cost.h"
#include "output/races_json.h"
#include "output/races_text.h"

#define EXIT_RACES 1
#define EXIT_BLIND 3 /* could not watch */

/* How often to look for what takes too long: a quarter of what is too long, within limits. */
#define TICK_MIN_NS 1000000UL
#define TICK_MAX_NS 200000000UL

/* Longest age that can be asked for. */
#define AGE_MAX_NS (86400 * NSEC_PER_SEC)

struct options {
	struct races_options races;
	bool json;
	bool quiet;
	bool cost;
	char **command; /* NULL: until a signal */
};

struct watch {
	struct options opt;
	struct races *races;
	struct race_reader *reader;
	int signals;
	int timer;
	pid_t child; /* 0: none runs */
	int child_status;
	bool stop;
};

static const struct argp_option option_table[] = {
	{ "json", 'j', NULL, 0, "Print one JSON object a line", 0 },
	{ "quiet", 'q', NULL, 0, "Print the totals only", 0 },
	{ "held", 'H', "SECONDS", 0,
	  "Report a binding that is unbound and whose net_iovs are held so long (default 10)", 0 },
	{ "stuck", 's', "SECONDS", 0, "Report a restart that takes so long (default 5)", 0 },
	{ "frees", 'f', NULL, 0,
	  "Follow each net_iov to find every DOUBLE_FREE; costs a hash look-up each time one moves",
	  0 },
	{ "cost", 'c', NULL, 0,
	  "Measure what the detectors cost, beside programs that do nothing; print it at the end",
	  0 },
	{ "lock", 'l', "SYMBOL", 0,
	  "The mutex that protects the configuration of queues on this kernel (default rtnl_mutex, "
	  "from 6.15 on the device's own)",
	  0 },
	{ 0 },
};

static uint64_t parse_age(const char *arg)
{
	uint64_t ns;

	if (!parse_seconds(arg, 1, AGE_MAX_NS, &ns))
		usage_error("bad time '%s': give seconds, above 0 and up to 86400", arg);
	return ns;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *opt = state->input;

	switch (key) {
	case 'j':
		opt->json = true;
		break;
	case 'q':
		opt->quiet = true;
		break;
	case 'H':
		opt->races.held_ns = parse_age(arg);
		break;
	case 's':
		opt->races.stuck_ns = parse_age(arg);
		break;
	case 'f':
		opt->races.follow_frees = true;
		break;
	case 'c':
		opt->cost = true;
		break;
	case 'l':
		opt->races.lock = arg;
		break;
	case ARGP_KEY_ARG:
		/* The command with all of its own options. */
		opt->command = &state->argv[state->next - 1];
		state->next = state->argc;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse_option,
	.args_doc = "[-- COMMAND...]",
	.doc = "Watch for races between the delivery of packets and the switching of queues, and "
	       "print each as it happens.\v"
	       "With a COMMAND it is run under watch, and watching ends with it. Otherwise Ctrl-C "
	       "ends it. docs/races.md explains each code and what to do.\n\n"
	       "Exit status: 0: no race was seen; 1: at least one was; 2: wrong options; 3: could "
	       "not watch. When no race was seen and COMMAND failed: its own.",
};

static void on_report(const struct race_report *report, void *arg)
{
	struct watch *w = arg;
	struct race *race;
	char *text;

	if (w->opt.quiet)
		return;
	race = race_reader_read(w->reader, report);
	if (w->opt.json) {
		race_print_json(stdout, race_json(race));
	} else {
		text = race_text(race);
		fputs(text, stdout);
		free(text);
	}
	fflush(stdout);
	race_put(race);
}

static void take_reports(struct watch *w)
{
	races_take(w->races, on_report, w);
	race_reader_rest(w->reader);
}

static void start_command(struct watch *w, const sigset_t *old)
{
	w->child = fork();
	if (w->child < 0)
		err(EXIT_BLIND, "starting %s", w->opt.command[0]);
	if (w->child)
		return;
	sigprocmask(SIG_SETMASK, old, NULL);
	execvp(w->opt.command[0], w->opt.command);
	warn("starting %s", w->opt.command[0]);
	_exit(127);
}

/* A command gets the terminal's signals itself; what is sent to us alone is passed on. */
static void on_signal(struct watch *w, const struct signalfd_siginfo *info)
{
	int status;

	if (info->ssi_signo != SIGCHLD) {
		if (!w->child)
			w->stop = true;
		else if (info->ssi_code == SI_USER)
			kill(w->child, info->ssi_signo);
		return;
	}
	if (!w->child || waitpid(w->child, &status, WNOHANG) != w->child)
		return;
	w->child = 0;
	w->child_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	w->stop = true;
}

static void watch(struct watch *w)
{
	struct pollfd fds[] = {
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = w->timer, .events = POLLIN },
		{ .fd = races_fd(w->races), .events = POLLIN },
	};
	struct signalfd_siginfo info;
	uint64_t ticks;

	while (!w->stop) {
		if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0 && errno != EINTR)
			err(EXIT_BLIND, "waiting");
		if (read(w->timer, &ticks, sizeof(ticks)) == sizeof(ticks))
			races_check_ages(w->races);
		take_reports(w);
		while (read(w->signals, &info, sizeof(info)) == sizeof(info))
			on_signal(w, &info);
		if (ferror(stdout))
			w->stop = true;
	}
	races_check_ages(w->races);
	take_reports(w);
}

static long tick_of(const struct races_options *opt)
{
	uint64_t ns = (opt->held_ns < opt->stuck_ns ? opt->held_ns : opt->stuck_ns) / 4;

	if (ns < TICK_MIN_NS)
		return TICK_MIN_NS;
	return ns < TICK_MAX_NS ? ns : TICK_MAX_NS;
}

static void open_watch(struct watch *w, sigset_t *old)
{
	struct itimerspec tick = { 0 };
	sigset_t set;

	tick.it_interval.tv_nsec = tick_of(&w->opt.races);
	tick.it_value = tick.it_interval;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, old);
	signal(SIGPIPE, SIG_IGN);
	w->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	w->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (w->signals < 0 || w->timer < 0 || timerfd_settime(w->timer, 0, &tick, NULL))
		err(EXIT_BLIND, "starting");
}

int races_main(int argc, char **argv)
{
	struct watch w = {
		.opt.races = { .held_ns = RACES_HELD_NS, .stuck_ns = RACES_STUCK_NS },
	};
	struct races_cost *cost = NULL;
	struct races_totals counted;
	struct race_totals totals;
	char text[256];
	sigset_t old;

	cmdline_parse(&argp, "devmemtop races", argc, argv, ARGP_IN_ORDER, &w.opt);
	open_watch(&w, &old);
	w.races = races_open(&w.opt.races, text, sizeof(text));
	if (!w.races) {
		warnx("%s", text);
		close(w.signals);
		close(w.timer);
		return EXIT_BLIND;
	}
	if (text[0])
		warnx("%s", text);
	w.reader = race_reader_new();
	if (w.opt.cost) {
		cost = races_cost_open(races_object(w.races));
		if (!cost)
			err(EXIT_BLIND, "measuring the cost");
	}
	/* A script that starts us in the background waits for this line. */
	warnx("watching for races");
	if (w.opt.command)
		start_command(&w, &old);
	watch(&w);
	races_read(w.races, &counted);
	race_from_totals(&counted, &totals);
	if (w.opt.json)
		race_print_json(stdout, race_totals_json(&totals));
	else
		race_print_totals(stdout, &totals);
	if (cost)
		races_cost_print(cost, w.opt.json ? stderr : stdout);
	races_cost_close(cost);
	races_close(w.races);
	race_reader_free(w.reader);
	close(w.signals);
	close(w.timer);
	if (totals.all)
		return EXIT_RACES;
	return w.child_status;
}
