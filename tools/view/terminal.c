// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The terminal, through ncurses.
 */
#include "view/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>
/* term.h calls every capability by its bare name. */
#undef lines
#undef columns

#include "view/keys.h"

static SCREEN *terminal;

/* While the screen is ours, what is written to standard error waits here. */
static int messages = -1;
static int saved_stderr = -1;
static attr_t attrs[SCREEN_ATTRS];

/* What a fatal signal needs to put the terminal back without ncurses. */
static struct termios saved_termios;
static char leave_sequence[64];

static const int fatal_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

/* SA_RESETHAND: raising the signal again ends the program as if nobody had caught it. */
static void on_fatal(int sig)
{
	ssize_t ignored = write(STDOUT_FILENO, leave_sequence, strlen(leave_sequence));

	(void)ignored;
	tcsetattr(STDIN_FILENO, TCSANOW, &saved_termios);
	raise(sig);
}

static void catch_fatal_signals(void)
{
	struct sigaction sa = { .sa_handler = on_fatal, .sa_flags = SA_RESETHAND | SA_NODEFER };
	const char *capability[] = { "rmcup", "cnorm", "sgr0" };
	size_t i;

	for (i = 0; i < sizeof(capability) / sizeof(capability[0]); i++) {
		const char *sequence = tigetstr((char *)capability[i]);

		if (sequence && sequence != (char *)-1 &&
		    strlen(leave_sequence) + strlen(sequence) < sizeof(leave_sequence))
			strcat(leave_sequence, sequence);
	}
	for (i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
		sigaction(fatal_signals[i], &sa, NULL);
}

static void choose_attrs(void)
{
	const char *no_color = getenv("NO_COLOR");

	attrs[ATTR_TITLE] = A_BOLD;
	/* Only the selected line is reversed. */
	attrs[ATTR_HEADER] = A_BOLD | A_UNDERLINE;
	attrs[ATTR_GOOD] = A_NORMAL;
	attrs[ATTR_WARN] = A_BOLD;
	attrs[ATTR_BAD] = A_BOLD | A_REVERSE;
	attrs[ATTR_DIM] = A_DIM;
	attrs[ATTR_KEY] = A_BOLD;
	attrs[ATTR_USER] = A_BOLD;
	attrs[ATTR_SOCKET] = A_BOLD;
	if ((no_color && no_color[0]) || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(1, COLOR_GREEN, -1);
	init_pair(2, COLOR_YELLOW, -1);
	init_pair(3, COLOR_RED, -1);
	init_pair(4, COLOR_CYAN, -1);
	init_pair(5, COLOR_MAGENTA, -1);
	init_pair(6, COLOR_BLUE, -1);
	attrs[ATTR_USER] = COLOR_PAIR(5) | A_REVERSE;
	attrs[ATTR_SOCKET] = COLOR_PAIR(2) | A_REVERSE;
	attrs[ATTR_POSTED] = COLOR_PAIR(4) | A_REVERSE;
	attrs[ATTR_RING] = COLOR_PAIR(6) | A_REVERSE;
	attrs[ATTR_CACHE] = COLOR_PAIR(1) | A_REVERSE;
	attrs[ATTR_GOOD] = COLOR_PAIR(1);
	attrs[ATTR_WARN] = COLOR_PAIR(2) | A_BOLD;
	attrs[ATTR_BAD] = COLOR_PAIR(3) | A_BOLD;
	attrs[ATTR_KEY] = COLOR_PAIR(4) | A_BOLD;
}

/* A message in the middle of a page would be drawn over, or vanish with it. */
static void hold_messages(void)
{
	messages = memfd_create("messages", MFD_CLOEXEC);
	saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (messages >= 0 && saved_stderr >= 0)
		dup2(messages, STDERR_FILENO);
}

static void release_messages(void)
{
	char buf[4096];
	ssize_t n;

	if (messages >= 0 && saved_stderr >= 0) {
		fflush(stderr);
		dup2(saved_stderr, STDERR_FILENO);
		lseek(messages, 0, SEEK_SET);
		while ((n = read(messages, buf, sizeof(buf))) > 0)
			if (write(STDERR_FILENO, buf, n) < n)
				break;
	}
	close(messages);
	close(saved_stderr);
	messages = -1;
	saved_stderr = -1;
}

bool live_open(char *text, size_t size)
{
	const char *term = getenv("TERM");
	static bool registered;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		snprintf(text, size,
			 "the live view needs a terminal for input and output: use --batch");
		return false;
	}
	tcgetattr(STDIN_FILENO, &saved_termios);
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal) {
		snprintf(text, size, "terminal type '%s' is not known: set TERM or use --batch",
			 term ? term : "");
		return false;
	}
	set_term(terminal);
	catch_fatal_signals();
	/*
	 * err() ends the program without a thought for the terminal, so an exit handler restores
	 * it.
	 */
	if (!registered)
		atexit(live_close);
	registered = true;
	hold_messages();
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	choose_attrs();
	return true;
}

void live_close(void)
{
	size_t i;

	if (!terminal)
		return;
	endwin();
	delscreen(terminal);
	terminal = NULL;
	release_messages();
	for (i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
		signal(fatal_signals[i], SIG_DFL);
}

void live_size(unsigned int *width, unsigned int *height)
{
	*width = COLS;
	*height = LINES;
}

void live_resized(void)
{
	struct winsize ws;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_row && ws.ws_col)
		resizeterm(ws.ws_row, ws.ws_col);
	clearok(curscr, TRUE);
}

static void draw_line(int y, const struct screen_line *line)
{
	/* Colours stay: the worst queue comes first, and is often the one under the cursor. */
	attr_t all = line->selected ? A_REVERSE : A_NORMAL;
	size_t done = 0;
	unsigned int i;

	move(y, 0);
	attrset(all);
	for (i = 0; i < line->num_spans; i++) {
		const struct screen_span *span = &line->spans[i];

		addnstr(line->text + done, span->start - done);
		attrset(attrs[span->attr] | all);
		addnstr(line->text + span->start, span->len);
		attrset(all);
		done = span->start + span->len;
	}
	addnstr(line->text + done, line->len - done);
	attrset(A_NORMAL);
}

void live_draw(const struct screen *s)
{
	size_t i;

	erase();
	for (i = 0; i < s->num && i < (size_t)LINES; i++)
		draw_line(i, &s->lines[i]);
	refresh();
}

int live_key(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int key = getch();

	switch (key) {
	case ERR:
		/* Nothing to read is fine, a terminal that hung up is not. */
		if (poll(&in, 1, 0) > 0 && (in.revents & (POLLHUP | POLLERR | POLLNVAL)))
			return -1;
		return 0;
	case KEY_BACKSPACE:
		return KEYS_BACKSPACE;
	case KEY_UP:
		return KEYS_UP;
	case KEY_DOWN:
		return KEYS_DOWN;
	case KEY_PPAGE:
		return KEYS_PAGE_UP;
	case KEY_NPAGE:
		return KEYS_PAGE_DOWN;
	case KEY_HOME:
		return KEYS_HOME;
	case KEY_ENTER:
	case '\r':
	case '\n':
		return KEYS_ENTER;
	case 27:
		return KEYS_ESCAPE;
	default:
		/* Other special keys mean nothing, but more may follow. */
		return key < 256 ? key : KEY_SPECIAL;
	}
}
