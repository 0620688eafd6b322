// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The host's end: starts QEMU, carries the streams and the terminal, keeps the
 * time, and makes sure that QEMU ends when this process does, however it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "vmlink.h"

/* How long the guest may take until the command has started. */
#define BOOT_MS	   180000
/* How long the console may lag behind the last frame. */
#define CONSOLE_MS 10000
/* How long the guest may take to dump its blocked tasks. */
#define DUMP_MS	   5000
/* This key three times in a row gives a terminal back whose guest is stuck: Ctrl-]. */
#define ESCAPE_KEY 0x1d

struct host {
	const char *result;  /* file for the outcome */
	const char *console; /* file that QEMU writes the guest's console to */
	const char *log;     /* file for QEMU's own messages */
	int tty;
	pid_t qemu;
	int sock;
	int sig;
	int64_t deadline; /* now_ms() time, 0: none */
	int boot;	  /* the command has not started yet: deadline is the boot's */
	int timeout;	  /* seconds, 0: none */
	int stdin_open;
	int escapes;
	char in[sizeof(struct frame_head) + FRAME_MAX]; /* frames on their way to the guest */
	size_t in_len, in_done;
	struct frame_reader reader;
};

static struct termios saved_termios;
static int termios_changed;

static void restore_terminal(void)
{
	if (termios_changed)
		tcsetattr(0, TCSADRAIN, &saved_termios);
	termios_changed = 0;
}

static void raw_terminal(void)
{
	struct termios raw;

	if (tcgetattr(0, &saved_termios))
		die("standard input is no terminal: %s", strerror(errno));
	raw = saved_termios;
	cfmakeraw(&raw);
	atexit(restore_terminal);
	termios_changed = 1;
	tcsetattr(0, TCSADRAIN, &raw);
}

/* Is @mark in the console by now, or does it come within @ms? */
static int console_has(struct host *h, const char *mark, int ms)
{
	int64_t until = now_ms() + ms;
	static char buf[64 * 1024 + 1];

	do {
		int fd = open(h->console, O_RDONLY | O_CLOEXEC);
		off_t size;
		ssize_t n;

		if (fd < 0)
			return 0;
		/* The mark is one of the last lines, but the whole dump may be behind it. */
		size = lseek(fd, 0, SEEK_END);
		n = pread(fd, buf, sizeof(buf) - 1,
			  size > (off_t)sizeof(buf) - 1 ? size - (off_t)sizeof(buf) + 1 : 0);
		close(fd);
		if (n > 0 && memmem(buf, n, mark, strlen(mark)))
			return 1;
		if (waitpid(h->qemu, NULL, WNOHANG) == h->qemu) {
			h->qemu = -1;
			return 0;
		}
		usleep(2000);
	} while (h->qemu > 0 && now_ms() < until);
	return 0;
}

static void stop_qemu(struct host *h)
{
	if (h->qemu <= 0)
		return;
	kill(h->qemu, SIGKILL);
	waitpid(h->qemu, NULL, 0);
	h->qemu = -1;
}

/* Write the outcome for vm/run and leave. */
static void __attribute__((noreturn, format(printf, 2, 3)))
finish(struct host *h, const char *fmt, ...)
{
	va_list ap;
	FILE *f;

	stop_qemu(h);
	restore_terminal();
	f = fopen(h->result, "we");
	if (!f)
		die("cannot write %s: %s", h->result, strerror(errno));
	va_start(ap, fmt);
	vfprintf(f, fmt, ap);
	va_end(ap);
	fputc('\n', f);
	if (fclose(f))
		die("cannot write %s: %s", h->result, strerror(errno));
	exit(0);
}

static void start_qemu(struct host *h, char **argv)
{
	int pair[2], count = 0, i;
	pid_t parent = getpid();
	char **full, dev[64];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die("socketpair: %s", strerror(errno));
	fcntl(pair[0], F_SETFD, FD_CLOEXEC);
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	while (argv[count])
		count++;
	full = calloc(count + 9, sizeof(*full));
	if (!full)
		die("out of memory");
	for (i = 0; i < count; i++)
		full[i] = argv[i];
	snprintf(dev, sizeof(dev), "socket,id=vmlink,fd=%d", pair[1]);
	full[i++] = "-chardev";
	full[i++] = dev;
	full[i++] = "-device";
	full[i++] = "virtio-serial-pci,max_ports=2";
	full[i++] = "-device";
	full[i++] = "virtserialport,chardev=vmlink,nr=1,name=" VMLINK_PORT;

	h->qemu = fork();
	if (h->qemu < 0)
		die("fork: %s", strerror(errno));
	if (!h->qemu) {
		int fd = open(h->log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
		sigset_t none;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
		setsid(); /* Ctrl-C is for vm/run, which ends QEMU */
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (fd >= 0) {
			dup2(fd, 1);
			dup2(fd, 2);
			close(fd);
		}
		fd = open("/dev/null", O_RDONLY);
		if (fd >= 0)
			dup2(fd, 0);
		execvp(full[0], full);
		fprintf(stderr, "cannot run %s: %s\n", full[0], strerror(errno));
		_exit(127);
	}
	close(pair[1]);
	free(full);
	h->sock = pair[0];
}

static void queue_frame(struct host *h, uint32_t type, const void *payload, size_t len)
{
	struct frame_head head = { .type = type, .len = len };

	if (h->in_len + sizeof(head) + len > sizeof(h->in))
		return; /* only a terminal's size or a dump can come to this: it is dropped */
	memcpy(h->in + h->in_len, &head, sizeof(head));
	h->in_len += sizeof(head);
	if (len)
		memcpy(h->in + h->in_len, payload, len);
	h->in_len += len;
}

static void flush_frames(struct host *h)
{
	ssize_t n;

	while (h->in_done < h->in_len) {
		n = send(h->sock, h->in + h->in_done, h->in_len - h->in_done, MSG_NOSIGNAL);
		if (n < 0)
			return; /* EAGAIN: later; anything else shows up when reading */
		h->in_done += n;
	}
	h->in_len = 0;
	h->in_done = 0;
}

static void send_size(struct host *h)
{
	struct frame_size size;
	struct winsize ws;

	if (!h->tty || ioctl(1, TIOCGWINSZ, &ws))
		return;
	size.rows = ws.ws_row;
	size.cols = ws.ws_col;
	queue_frame(h, FRAME_SIZE, &size, sizeof(size));
}

static void time_is_up(struct host *h)
{
	if (h->boot)
		finish(h, "noboot %d", BOOT_MS / 1000);
	queue_frame(h, FRAME_DUMP, NULL, 0);
	flush_frames(h);
	console_has(h, VMLINK_DUMP_END, DUMP_MS);
	finish(h, "timeout %d", h->timeout);
}

static void take_signals(struct host *h)
{
	struct signalfd_siginfo info;

	while (read(h->sig, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGWINCH)
			send_size(h);
		else if (info.ssi_signo != SIGCHLD)
			finish(h, "signal %u", info.ssi_signo);
	}
}

/* Milliseconds poll() may sleep. */
static int time_left(struct host *h)
{
	int64_t left;

	if (!h->deadline)
		return -1;
	left = h->deadline - now_ms();
	if (left > INT_MAX)
		return INT_MAX;
	return left > 0 ? (int)left : 0;
}

/* With a constant stream of data, poll() never reports a timeout, so the time is checked here. */
static void check_time(struct host *h)
{
	if (h->deadline && now_ms() >= h->deadline)
		time_is_up(h);
}

/*
 * Writes to our standard output or error as fast as it is read, and handles signals and timeouts.
 */
static void write_out(struct host *h, int fd, const char *p, size_t len)
{
	while (len) {
		struct pollfd pfd[] = {
			{ .fd = fd, .events = POLLOUT },
			{ .fd = h->sig, .events = POLLIN },
		};
		ssize_t n;

		poll(pfd, 2, time_left(h));
		check_time(h);
		if (pfd[1].revents)
			take_signals(h);
		if (!pfd[0].revents)
			continue;
		/* A pipe that polls writable takes this much without waiting. */
		n = write(fd, p, len < 4096 ? len : 4096);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0 && errno == EPIPE)
			finish(h, "signal %d", SIGPIPE);
		if (n < 0)
			finish(h, "write %s", strerror(errno));
		p += n;
		len -= n;
	}
}

static void take_frames(struct host *h)
{
	struct frame_head head;
	const char *payload;
	int32_t status;
	int ret;

	while ((ret = frame_next(&h->reader, &head, &payload)) > 0) {
		switch (head.type) {
		case FRAME_READY:
			h->boot = 0;
			h->deadline = h->timeout ? now_ms() + h->timeout * 1000LL : 0;
			send_size(h);
			break;
		case FRAME_OUT:
			write_out(h, 1, payload, head.len);
			break;
		case FRAME_ERR:
			write_out(h, 2, payload, head.len);
			break;
		case FRAME_EXIT:
			if (head.len != sizeof(status))
				finish(h, "nonsense");
			memcpy(&status, payload, sizeof(status));
			/* The kernel log must be complete before it is judged. */
			if (!console_has(h, VMLINK_END_MARK, CONSOLE_MS))
				finish(h, "lostconsole %d", status);
			finish(h, "exit %d", status);
		}
		frame_drop(&h->reader);
	}
	if (ret < 0)
		finish(h, "nonsense");
}

static void take_stdin(struct host *h)
{
	char buf[FRAME_MAX / 4];
	ssize_t n, i;

	n = read(0, buf, sizeof(buf));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		h->stdin_open = 0;
		queue_frame(h, FRAME_IN, NULL, 0);
		return;
	}
	for (i = 0; h->tty && i < n; i++) {
		h->escapes = buf[i] == ESCAPE_KEY ? h->escapes + 1 : 0;
		if (h->escapes == 3)
			finish(h, "signal %d", SIGTERM);
	}
	queue_frame(h, FRAME_IN, buf, n);
}

static void qemu_ended(struct host *h)
{
	int status;

	if (waitpid(h->qemu, &status, 0) != h->qemu)
		status = 0;
	h->qemu = -1;
	if (h->boot && (!WIFEXITED(status) || WEXITSTATUS(status)))
		finish(h, "qemu %d", WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	finish(h, "died");
}

static void serve(struct host *h)
{
	for (;;) {
		struct pollfd pfd[] = {
			{ .fd = h->sig, .events = POLLIN },
			{ .fd = h->sock, .events = POLLIN | (h->in_len ? POLLOUT : 0) },
			{ .fd = h->stdin_open && !h->boot && !h->in_len ? 0 : -1,
			  .events = POLLIN },
		};

		poll(pfd, 3, time_left(h));
		check_time(h);
		if (pfd[0].revents)
			take_signals(h);
		if (pfd[1].revents & (POLLIN | POLLHUP)) {
			ssize_t n = frame_fill(&h->reader, h->sock);

			take_frames(h);
			if (n == 0 || (n < 0 && errno != EAGAIN))
				qemu_ended(h);
		}
		if (pfd[2].revents)
			take_stdin(h);
		flush_frames(h);
	}
}

int vmlink_host(int argc, char **argv)
{
	static const struct option options[] = {
		{ "parent", required_argument, NULL, 'p' },
		{ "result", required_argument, NULL, 'r' },
		{ "console", required_argument, NULL, 'c' },
		{ "log", required_argument, NULL, 'l' },
		{ "timeout", required_argument, NULL, 't' },
		{ "tty", no_argument, NULL, 'y' },
		{ 0 },
	};
	static struct host h; /* static: the buffers are large */
	sigset_t set;
	int opt;

	/* vm/run killed by SIGKILL takes us along, and we take QEMU along. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);

	while ((opt = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (opt) {
		case 'p':
			if (getppid() != atoi(optarg))
				die("vm/run is gone");
			break;
		case 'r':
			h.result = optarg;
			break;
		case 'c':
			h.console = optarg;
			break;
		case 'l':
			h.log = optarg;
			break;
		case 't':
			h.timeout = atoi(optarg);
			break;
		case 'y':
			h.tty = 1;
			break;
		default:
			return EXIT_STATUS_SETUP;
		}
	}
	if (!h.result || !h.console || !h.log || optind >= argc)
		die("host: --result, --console, --log and a QEMU command are needed");

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	h.sig = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (h.sig < 0)
		die("signalfd: %s", strerror(errno));

	start_qemu(&h, argv + optind);
	h.stdin_open = 1;
	h.boot = 1;
	h.deadline = now_ms() + BOOT_MS;
	if (h.tty)
		raw_terminal();
	serve(&h);
	return 0;
}
