// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Running: one loop over a timer, signals, the kernel's events and keys.
 */
#include "loop.h"

#include <err.h>
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lib/numbers.h"
#include "view/frame.h"
#include "view/keys.h"
#include "view/pages.h"
#include "view/sort.h"
#include "view/terminal.h"
#include "output/races_text.h"

/* Width of batch output without a terminal, if COLUMNS does not set it. */
#define BATCH_WIDTH 132

struct loop {
	struct collect *c;
	const struct loop_options *opt;
	struct view_options view;
	struct snapshot *now;
	struct snapshot *before;
	/* While paused, snapshots are still taken: rates stay right and nothing is lost. */
	struct snapshot *frozen;
	struct snapshot *frozen_before;
	struct history frozen_history;
	unsigned long taken;
	struct history history;
	bool follow; /* the cursor stays on the queue view.ifindex, view.queue when that moves */
	struct filter filter;
	char filter_text[FILTER_TEXT]; /* as typed, or from the options */
	char input[FILTER_TEXT];       /* being typed */
	char note[160];
	int signals;
	int timer;
	bool stop;
	int status;
};

static void set_timer(struct loop *l)
{
	long ns = (long)(l->view.interval * 1e9);
	struct itimerspec its = {
		.it_interval = { ns / 1000000000, ns % 1000000000 },
		.it_value = { ns / 1000000000, ns % 1000000000 },
	};

	if (timerfd_settime(l->timer, 0, &its, NULL))
		err(EXIT_FAILURE, "setting a timer");
}

static void open_wakeups(struct loop *l)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	if (l->opt->live)
		sigaddset(&set, SIGWINCH);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* A reader that goes away is noticed when writing to it fails. */
	signal(SIGPIPE, SIG_IGN);
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->signals < 0 || l->timer < 0)
		err(EXIT_FAILURE, "waiting for signals and time");
	set_timer(l);
}

/* ---- output ---- */

static unsigned int batch_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize ws;
	uint64_t width;

	if (isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col)
		return ws.ws_col;
	if (columns && parse_number(columns, VIEW_MIN_WIDTH, 1000, &width))
		return width;
	return BATCH_WIDTH;
}

/* The reader gets one whole sample at a time. */
static void flush_batch(struct loop *l)
{
	if (!fflush(stdout) && !ferror(stdout))
		return;
	l->stop = true;
	/* A reader that closes the pipe has seen enough. Other errors, like a full disk, count. */
	if (errno == EPIPE)
		return;
	warn("writing to standard output");
	l->status = EXIT_FAILURE;
}

static void show_text(struct loop *l)
{
	struct screen *s;

	l->view.width = batch_width();
	s = view_render(l->now, l->before, &l->view);
	if (l->taken > 1)
		putchar('\n');
	screen_print(s, stdout);
	screen_free(s);
	flush_batch(l);
}

static void show_output(struct loop *l)
{
	const struct output *output = l->opt->output;

	if (l->taken == 1 && output->begin)
		output->begin(stdout, l->now);
	output->sample(stdout, l->now, l->before, l->view.all);
	flush_batch(l);
}

static const struct snapshot *shown(const struct loop *l)
{
	return l->frozen ? l->frozen : l->now;
}

static const struct snapshot *shown_before(const struct loop *l)
{
	return l->frozen ? l->frozen_before : l->before;
}

/* When the queues change places, the cursor goes with the queue that it was put on. */
static void follow_queue(struct loop *l)
{
	const struct queue_row **rows;
	size_t num, i;

	if (!(l->view.page->has & HAS_QUEUES) || !l->follow)
		return;
	rows = view_sorted(shown(l), shown_before(l), &l->view, &num);
	for (i = 0; i < num; i++)
		if (rows[i]->ifindex == l->view.ifindex && rows[i]->queue == l->view.queue)
			break;
	free(rows);
	if (i < num)
		l->view.cursor = i;
	else
		l->follow = false;
}

static struct screen *render_live(struct loop *l)
{
	struct screen *s;

	if (l->view.width >= VIEW_MIN_WIDTH && l->view.height >= VIEW_MIN_HEIGHT)
		return view_render(shown(l), shown_before(l), &l->view);
	s = screen_new(l->view.width);
	screen_newline(s);
	screen_put(s, ATTR_WARN, "enlarge to %dx%d", VIEW_MIN_WIDTH, VIEW_MIN_HEIGHT);
	return s;
}

static void show_live(struct loop *l)
{
	struct screen *s;

	live_size(&l->view.width, &l->view.height);
	follow_queue(l);
	s = render_live(l);
	live_draw(s);
	screen_free(s);
}

static void show(struct loop *l)
{
	if (l->opt->live)
		show_live(l);
	else if (l->opt->output)
		show_output(l);
	else
		show_text(l);
}

/* ---- what happens ---- */

static void take_snapshot(struct loop *l)
{
	if (l->before != l->frozen && l->before != l->frozen_before)
		snapshot_free(l->before);
	l->before = l->now;
	l->now = collect_snapshot(l->c);
	filter_apply(&l->filter, l->now);
	history_add(&l->history, l->now, l->before);
	l->taken++;
	show(l);
	if (l->opt->count && l->taken >= l->opt->count)
		l->stop = true;
}

static void toggle_pause(struct loop *l)
{
	l->view.paused = !l->view.paused;
	if (l->view.paused) {
		l->frozen = l->now;
		l->frozen_before = l->before;
		history_copy(&l->frozen_history, &l->history);
		l->view.history = &l->frozen_history;
		return;
	}
	history_clear(&l->frozen_history);
	l->view.history = &l->history;
	if (l->frozen != l->now && l->frozen != l->before)
		snapshot_free(l->frozen);
	if (l->frozen_before != l->before && l->frozen_before != l->now)
		snapshot_free(l->frozen_before);
	l->frozen = NULL;
	l->frozen_before = NULL;
}

/* Steps that people choose: 0.1 0.2 0.5 1 2 5 ... */
static void change_interval(struct loop *l, bool longer)
{
	static const double steps[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60 };
	int num = sizeof(steps) / sizeof(steps[0]), i;

	if (longer) {
		for (i = 0; i < num && steps[i] <= l->view.interval; i++)
			;
		if (i == num)
			return;
	} else {
		for (i = num - 1; i >= 0 && steps[i] >= l->view.interval; i--)
			;
		if (i < 0)
			return;
	}
	l->view.interval = steps[i];
	set_timer(l);
}

/* The view is now about the queue under the cursor. */
static bool select_queue(struct loop *l)
{
	const struct queue_row **rows;
	size_t num;

	rows = view_sorted(shown(l), shown_before(l), &l->view, &num);
	if (num) {
		const struct queue_row *q = rows[l->view.cursor < num ? l->view.cursor : num - 1];

		l->view.ifindex = q->ifindex;
		l->view.queue = q->queue;
	}
	free(rows);
	return num > 0;
}

/* @lines of the page, or @pages. */
static void move_cursor(struct loop *l, long lines, long pages)
{
	struct screen *s = render_live(l);
	long last = s->rows ? (long)s->rows - 1 : 0, to;

	/* There may be fewer lines now than when the cursor was put there. */
	to = (long)l->view.cursor > last ? last : (long)l->view.cursor;
	to += lines + pages * (long)(s->seen ? s->seen : 1);
	l->view.cursor = to < 0 ? 0 : to > last ? last : to;
	screen_free(s);
	/* A cursor at the top stays there, because queues in trouble come there. */
	if (l->view.page->has & HAS_QUEUES)
		l->follow = l->view.cursor && select_queue(l);
}

static void set_page(struct loop *l, const struct page *page)
{
	l->view.page = page;
	l->view.cursor = 0;
	follow_queue(l);
}

static void open_page(struct loop *l, const struct page *page)
{
	if (!page->about_queue || select_queue(l))
		set_page(l, page);
}

/* ---- typing a filter ---- */

static void end_input(struct loop *l)
{
	l->view.input = NULL;
}

/* KEY=VALUE with blanks between. If it is wrong, the user reads why and can correct it. */
static void use_filter(struct loop *l)
{
	struct filter f = { .num = 0 };
	char copy[sizeof(l->input)], *rest = copy, *part;

	strcpy(copy, l->input);
	l->view.note = l->opt->note;
	while ((part = strsep(&rest, " "))) {
		if (!part[0])
			continue;
		if (!filter_parse(&f, part, l->note, sizeof(l->note))) {
			l->view.note = l->note;
			return;
		}
		if (f.netns) {
			snprintf(l->note, sizeof(l->note),
				 "another network namespace: start devmemtop with --netns");
			l->view.note = l->note;
			return;
		}
	}
	l->filter = f;
	strcpy(l->filter_text, l->input);
	l->view.filter = f.num ? l->filter_text : NULL;
	set_page(l, l->view.page->about_queue ? pages[0] : l->view.page);
	end_input(l);
	/* The sample that is shown has another filter. */
	if (l->view.paused)
		toggle_pause(l);
	take_snapshot(l);
}

static void on_input(struct loop *l, int key)
{
	size_t len = strlen(l->input);

	if (key == KEYS_ESCAPE) {
		l->view.note = l->opt->note;
		end_input(l);
	} else if (key == KEYS_ENTER) {
		use_filter(l);
	} else if ((key == KEYS_BACKSPACE || key == 8 || key == 127) && len) {
		l->input[len - 1] = '\0';
	} else if (key >= ' ' && key < 127 && len + 1 < sizeof(l->input)) {
		l->input[len] = (char)key;
		l->input[len + 1] = '\0';
	}
}

static void act(struct loop *l, struct command command)
{
	switch (command.action) {
	case ACTION_PAGE:
		open_page(l, command.page);
		break;
	case ACTION_QUIT:
		l->stop = true;
		break;
	case ACTION_PAUSE:
		toggle_pause(l);
		break;
	case ACTION_FILTER:
		strcpy(l->input, l->view.filter ? l->filter_text : "");
		l->view.input = l->input;
		break;
	case ACTION_SORT:
		l->view.sort = (l->view.sort + 1) % SORTS;
		break;
	case ACTION_ALL:
		l->view.all = !l->view.all;
		set_page(l, l->view.page);
		break;
	case ACTION_SLOWER:
	case ACTION_FASTER:
		change_interval(l, command.action == ACTION_SLOWER);
		break;
	case ACTION_UP:
		move_cursor(l, -1, 0);
		break;
	case ACTION_DOWN:
		move_cursor(l, 1, 0);
		break;
	case ACTION_PAGE_UP:
		move_cursor(l, 0, -1);
		break;
	case ACTION_PAGE_DOWN:
		move_cursor(l, 0, 1);
		break;
	case ACTION_HOME:
		l->view.cursor = 0;
		l->follow = false;
		break;
	case ACTION_NONE:
		break;
	}
}

static void on_keys(struct loop *l)
{
	int key;

	while ((key = live_key()) > 0)
		if (l->view.input)
			on_input(l, key);
		else
			act(l, keys_command(pages, l->view.page, key));
	if (key < 0)
		l->stop = true;
	if (!l->stop)
		show(l);
}

static void on_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH) {
			live_resized();
			show(l);
		} else {
			l->stop = true;
		}
	}
}

static void on_timer(struct loop *l)
{
	uint64_t ticks;

	if (read(l->timer, &ticks, sizeof(ticks)) == sizeof(ticks))
		take_snapshot(l);
}

static void wait_and_act(struct loop *l)
{
	/* poll() ignores negative descriptors. */
	struct pollfd fds[] = {
		{ .fd = l->signals, .events = POLLIN },
		{ .fd = l->timer, .events = POLLIN },
		{ .fd = collect_fd(l->c), .events = POLLIN },
		{ .fd = l->opt->live ? STDIN_FILENO : -1, .events = POLLIN },
	};

	if (poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0) {
		if (errno == EINTR)
			return;
		err(EXIT_FAILURE, "waiting");
	}
	if (fds[0].revents)
		on_signals(l);
	if (fds[2].revents)
		collect_drain(l->c);
	if (fds[3].revents)
		on_keys(l);
	if (fds[1].revents && !l->stop)
		on_timer(l);
}

int loop_run(struct collect *c, const struct loop_options *opt)
{
	struct loop l = {
		.c = c,
		.opt = opt,
		.view = {
			.page = pages[0],
			.interval = opt->interval,
			.all = opt->all,
			.note = opt->note,
			.race_text = race_text,
			.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8"),
		},
		.filter = opt->filter,
		.status = EXIT_SUCCESS,
	};
	char text[128];

	l.view.history = &l.history;
	if (opt->filter_text) {
		snprintf(l.filter_text, sizeof(l.filter_text), "%s", opt->filter_text);
		l.view.filter = l.filter_text;
	}
	open_wakeups(&l);
	if (opt->live) {
		if (!live_open(text, sizeof(text))) {
			warnx("%s", text);
			return EXIT_FAILURE;
		}
		live_size(&l.view.width, &l.view.height);
		if (l.view.width < VIEW_MIN_WIDTH || l.view.height < VIEW_MIN_HEIGHT) {
			live_close();
			warnx("the terminal has %ux%u characters, the live view needs %dx%d: enlarge it or use --batch",
			      l.view.width, l.view.height, VIEW_MIN_WIDTH, VIEW_MIN_HEIGHT);
			return EXIT_FAILURE;
		}
	}
	take_snapshot(&l);
	/* After the first sample, so that the user need not wait for this. */
	if (opt->races && !l.stop)
		collect_watch(c);
	while (!l.stop)
		wait_and_act(&l);
	if (opt->live)
		live_close();
	if (l.frozen)
		toggle_pause(&l);
	history_clear(&l.history);
	snapshot_free(l.before);
	snapshot_free(l.now);
	close(l.signals);
	close(l.timer);
	return l.status;
}
