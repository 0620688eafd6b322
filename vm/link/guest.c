// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The guest's end, PID 1: starts the command, carries its streams, reaps what
 * it leaves behind and reports its exit status.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mounts.h"
#include "say.h"
#include "vmlink.h"

/* Bytes carried at once: below what virtio_console takes in one write. */
#define CHUNK	  (16 * 1024)
/* How long output of processes that outlive the command is waited for. */
#define LINGER_MS 1000
/* How long killed processes may take to go. */
#define REAP_MS	  10000
#define PORT_MS	  10000

struct guest {
	int port;   /* the virtio-serial port */
	int in;	    /* the command's standard input, or the pty; -1 when closed */
	int out;    /* its standard output, or the pty; -1 at end of file */
	int err;    /* its standard error; -1 at end of file or with a pty */
	int sig;    /* signalfd */
	int tty;    /* the command has a terminal */
	pid_t pid;  /* the command */
	int status; /* its exit status, valid when done */
	int done;
	struct frame_reader reader;
};

static void sysrq(const char *key)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	write_all(fd, key, 1);
	close(fd);
}

/* The port's name arrives some time after its device: look until it is there. */
static int open_port(void)
{
	int64_t until = now_ms() + PORT_MS;

	do {
		DIR *dir = opendir("/sys/class/virtio-ports");
		struct dirent *d;

		while (dir && (d = readdir(dir))) {
			char path[512], name[64] = "";
			int fd, found;

			snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", d->d_name);
			fd = open(path, O_RDONLY | O_CLOEXEC);
			if (fd < 0)
				continue;
			found = read(fd, name, sizeof(name) - 1) > 0 &&
				!strncmp(name, VMLINK_PORT "\n", strlen(VMLINK_PORT) + 1);
			close(fd);
			if (!found)
				continue;
			snprintf(path, sizeof(path), "/dev/%s", d->d_name);
			fd = open(path, O_RDWR | O_CLOEXEC);
			if (fd >= 0) {
				closedir(dir);
				return fd;
			}
		}
		if (dir)
			closedir(dir);
		usleep(5000);
	} while (now_ms() < until);
	GIVE_UP("vmlink: no virtio-serial port named " VMLINK_PORT);
}

/* The zero-terminated strings in a job file as a vector that ends with NULL. */
static char **job_strings(const char *job, const char *name)
{
	size_t len, count = 0, i;
	char *buf = job_file(job, name, &len);
	char **vec, *p;

	if (!buf)
		GIVE_UP("vmlink: cannot read %s/%s", job, name);
	for (i = 0; i < len; i++)
		count += !buf[i];
	vec = calloc(count + 1, sizeof(*vec));
	if (!vec)
		GIVE_UP("vmlink: out of memory");
	for (i = 0, p = buf; i < count; i++, p += strlen(p) + 1)
		vec[i] = p;
	return vec;
}

static void __attribute__((noreturn)) run_command(const char *job)
{
	extern char **environ;
	char **argv = job_strings(job, "cmd");
	sigset_t none;
	size_t len;
	char *cwd;
	int error;

	environ = job_strings(job, "env");
	cwd = job_file(job, "cwd", &len);
	if (!cwd || chdir(cwd)) {
		fprintf(stderr, "vm/run: cannot enter %s in the guest: %s\n", cwd ?: "?",
			strerror(errno));
		_exit(EXIT_STATUS_SETUP);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	execvp(argv[0], argv);
	error = errno;
	fprintf(stderr, "vm/run: cannot run %s in the guest: %s\n", argv[0], strerror(error));
	_exit(error == ENOENT ? 127 : 126);
}

static void start_on_pty(struct guest *g, const char *job, const char *size)
{
	struct winsize ws = { .ws_row = 24, .ws_col = 80 };
	int master;

	sscanf(size, "%hu %hu", &ws.ws_row, &ws.ws_col);
	g->pid = forkpty(&master, NULL, NULL, &ws);
	if (g->pid < 0)
		GIVE_UP("vmlink: forkpty: %s", strerror(errno));
	if (!g->pid)
		run_command(job);
	fcntl(master, F_SETFD, FD_CLOEXEC);
	fcntl(master, F_SETFL, O_NONBLOCK);
	g->in = master;
	g->out = master;
	g->err = -1;
}

static void start_on_pipes(struct guest *g, const char *job)
{
	int in[2], out[2], err[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		GIVE_UP("vmlink: pipe: %s", strerror(errno));
	g->pid = fork();
	if (g->pid < 0)
		GIVE_UP("vmlink: fork: %s", strerror(errno));
	if (!g->pid) {
		setsid();
		dup2(in[0], 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		run_command(job);
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	g->in = in[1];
	g->out = out[0];
	g->err = err[0];
}

/* Carry what can be read from *@fd to the host; close it at its end. */
static void carry(struct guest *g, int *fd, uint32_t type)
{
	char buf[CHUNK];
	ssize_t n = read(*fd, buf, sizeof(buf));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		/* A pty says EIO when nobody has its other side open any more. */
		if (!g->tty)
			close(*fd);
		*fd = -1;
		return;
	}
	if (frame_send(g->port, type, buf, n))
		GIVE_UP("vmlink: the port failed: %s", strerror(errno));
}

static void close_in(struct guest *g)
{
	if (g->in < 0)
		return;
	if (g->tty) {
		/* A terminal has no end of file; its user would press this key. */
		write_all(g->in, "\4", 1);
		return;
	}
	close(g->in);
	g->in = -1;
}

/*
 * Act on the frames that have arrived. Stops at input that the command does not take yet:
 * reading on from the port waits until it does, which holds the host's side back.
 *
 * Return: 1 when input waits for the command, 0 when all frames are dealt with.
 */
static int take_frames(struct guest *g, size_t *in_done)
{
	struct frame_head head;
	const char *payload;
	int ret;

	while ((ret = frame_next(&g->reader, &head, &payload)) > 0) {
		if (head.type == FRAME_IN && !head.len) {
			close_in(g);
		} else if (head.type == FRAME_IN && g->in >= 0) {
			ssize_t n = write(g->in, payload + *in_done, head.len - *in_done);

			if (n < 0 && errno == EINTR)
				continue;
			if (n < 0 && errno == EAGAIN)
				return 1;
			if (n < 0) { /* nobody reads it any more */
				if (!g->tty)
					close(g->in);
				g->in = -1;
			} else if ((*in_done += n) < head.len) {
				continue;
			}
			*in_done = 0;
		} else if (head.type == FRAME_SIZE && g->tty && g->in >= 0) {
			struct frame_size size;
			struct winsize ws = { 0 };

			memcpy(&size, payload, sizeof(size));
			ws.ws_row = size.rows;
			ws.ws_col = size.cols;
			ioctl(g->in, TIOCSWINSZ, &ws);
		} else if (head.type == FRAME_DUMP) {
			log_line("<6>" VMLINK_DUMP_MARK);
			sysrq("w");
			sysrq("l");
			log_line("<6>" VMLINK_DUMP_END);
		}
		frame_drop(&g->reader);
	}
	if (ret < 0)
		GIVE_UP("vmlink: the port carries nonsense");
	return 0;
}

static void reap(struct guest *g)
{
	struct signalfd_siginfo info;
	pid_t pid;
	int status;

	while (read(g->sig, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != g->pid)
			continue;
		g->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		g->done = 1;
	}
}

/* Carry the streams until the command has ended and its output is through. */
static void serve(struct guest *g)
{
	int64_t linger_until = 0;
	size_t in_done = 0;
	int in_waits = 0;

	for (;;) {
		struct pollfd pfd[] = {
			{ .fd = g->sig, .events = POLLIN },
			{ .fd = in_waits ? -1 : g->port, .events = POLLIN },
			{ .fd = g->out, .events = POLLIN },
			{ .fd = g->err, .events = POLLIN },
			{ .fd = in_waits ? g->in : -1, .events = POLLOUT },
		};
		int wait = -1;

		if (g->done) {
			if (g->out < 0 && g->err < 0)
				return;
			if (!linger_until)
				linger_until = now_ms() + LINGER_MS;
			wait = linger_until - now_ms();
			if (wait <= 0)
				return;
		}
		if (poll(pfd, sizeof(pfd) / sizeof(pfd[0]), wait) < 0)
			continue;
		if (pfd[2].revents)
			carry(g, &g->out, FRAME_OUT);
		if (pfd[3].revents)
			carry(g, &g->err, FRAME_ERR);
		if (pfd[1].revents && frame_fill(&g->reader, g->port) <= 0 &&
		    pfd[1].revents & POLLHUP)
			GIVE_UP("vmlink: the host hung up");
		if (pfd[1].revents || pfd[4].revents)
			in_waits = take_frames(g, &in_done);
		if (pfd[0].revents)
			reap(g);
	}
}

/* Name what SIGKILL did not end: such a process hangs in the kernel. */
static void report_survivors(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		char path[512], exe[16], stat[256] = "";
		int fd;

		snprintf(path, sizeof(path), "/proc/%s/exe", d->d_name);
		/* Kernel threads have no executable. */
		if (!atoi(d->d_name) || atoi(d->d_name) == 1 ||
		    readlink(path, exe, sizeof(exe)) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", d->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (read(fd, stat, 60) > 0)
			log_line("<3>BUG: vmlink: a process survives SIGKILL: %s", stat);
		close(fd);
	}
	if (dir)
		closedir(dir);
	sysrq("w");
}

/* End what the command left behind, so that its sockets and files are closed in this run. */
static void kill_rest(struct guest *g)
{
	int64_t until = now_ms() + REAP_MS;

	kill(-1, SIGKILL);
	for (;;) {
		struct pollfd pfd = { .fd = g->sig, .events = POLLIN };

		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return;
		if (now_ms() >= until)
			break;
		poll(&pfd, 1, 20);
		reap(g);
	}
	report_survivors();
}

int vmlink_guest(const char *job)
{
	static struct guest g; /* static: the reader is large */
	char *size, *out;
	int32_t status;
	sigset_t set;
	size_t len;

	guest_mounts(job);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	g.sig = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (g.sig < 0)
		GIVE_UP("vmlink: signalfd: %s", strerror(errno));

	g.port = open_port();
	size = job_file(job, "tty", &len);
	g.tty = size != NULL;
	if (g.tty)
		start_on_pty(&g, job, size);
	else
		start_on_pipes(&g, job);
	if (frame_send(g.port, FRAME_READY, NULL, 0))
		GIVE_UP("vmlink: the port failed: %s", strerror(errno));
	serve(&g);
	kill_rest(&g);
	/* What was still in the pipes of killed processes. */
	while (g.out >= 0 || g.err >= 0) {
		struct pollfd pfd[] = {
			{ .fd = g.out, .events = POLLIN },
			{ .fd = g.err, .events = POLLIN },
		};

		if (poll(pfd, 2, 0) <= 0)
			break;
		if (pfd[0].revents)
			carry(&g, &g.out, FRAME_OUT);
		if (pfd[1].revents)
			carry(&g, &g.err, FRAME_ERR);
	}

	out = job_file(job, "out", &len);
	if (out && umount2(out, 0))
		sync();
	log_line("<6>" VMLINK_END_MARK ", status %d", g.status);
	status = g.status;
	if (frame_send(g.port, FRAME_EXIT, &status, sizeof(status)))
		GIVE_UP("vmlink: the port failed: %s", strerror(errno));
	/* The host ends this machine when it has read the frame. */
	for (;;)
		pause();
}
