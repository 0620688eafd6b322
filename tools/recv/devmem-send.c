// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * devmem-send: send the byte stream which devmem-recv checks. Plain TCP, nothing special.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/format.h"
#include "lib/numbers.h"
#include "recv/option_table.h"
#include "recv/pattern.h"
#include "recv/util.h"

/* Bytes made and sent at a time. */
#define CHUNK (256 << 10)

#define MAX_STREAMS 256

/* How long to wait between two attempts to connect. */
#define RETRY_NS (50 * 1000000ULL)

/* No byte is sent wrong: a position that cannot be asked for. */
#define NO_DAMAGE UINT64_MAX

struct options {
	struct endpoint connect;
	uint64_t bytes;
	uint64_t duration_ns;
	uint64_t rate;
	uint64_t seed;
	uint64_t streams;
	uint64_t wait_ns;
	uint64_t damage;
	bool json;
	bool quiet;
};

struct stream {
	int fd;
	struct pattern pattern;
	uint64_t sent;
	bool done;
	/* What has been made of the stream but not sent: chunk + from, left bytes. */
	uint8_t *chunk;
	size_t from;
	size_t left;
};

struct sender {
	struct options o;
	struct stream *streams;
	struct pace pace;
	uint64_t start;
	uint64_t total;
	bool peer_closed;
};

/* ---- the command line ---- */

static const char doc[] =
	"Send the byte stream which devmem-recv checks.\v"
	"Without --bytes and --duration it sends until it is interrupted or the receiver closes. "
	"Every stream has a seed of its own, which the receiver learns from its first bytes. Sizes "
	"take K, M, G; seconds may have decimals.";

static const struct option_row rows[] = {
	{
		.name = "connect",
		.key = 'c',
		.arg = "ADDR:PORT",
		.help = "the receiver",
		.kind = OPTION_ENDPOINT,
		OPTION_FIELD(struct options, connect),
	},
	{
		.name = "bytes",
		.arg = "N",
		.help = "send N bytes in each stream",
		.kind = OPTION_SIZE,
		OPTION_FIELD(struct options, bytes),
		.min = 1,
		.max = INT64_MAX,
	},
	{
		.name = "duration",
		.arg = "SECONDS",
		.help = "send so long",
		.kind = OPTION_SECONDS,
		OPTION_FIELD(struct options, duration_ns),
		.min = 1,
		.max = MAX_SECONDS_NS,
	},
	{
		.name = "rate",
		.arg = "BYTES",
		.help = "send no faster than this per second, all together",
		.kind = OPTION_SIZE,
		OPTION_FIELD(struct options, rate),
		.min = 1,
		.max = INT64_MAX,
	},
	{
		.name = "seed",
		.arg = "N",
		.help = "seed of the first stream (a random one)",
		.kind = OPTION_NUMBER,
		OPTION_FIELD(struct options, seed),
		.max = UINT64_MAX,
		.noun = "number",
	},
	{
		.name = "streams",
		.arg = "N",
		.help = "connections (1)",
		.kind = OPTION_NUMBER,
		OPTION_FIELD(struct options, streams),
		.min = 1,
		.max = MAX_STREAMS,
	},
	{
		.name = "wait",
		.arg = "SECONDS",
		.help = "keep trying to connect for so long (0)",
		.kind = OPTION_SECONDS,
		OPTION_FIELD(struct options, wait_ns),
		.max = MAX_SECONDS_NS,
	},
	{
		.name = "damage",
		.arg = "POS",
		.help = "send byte POS of every stream wrong, as a test",
		.kind = OPTION_SIZE,
		OPTION_FIELD(struct options, damage),
		.max = INT64_MAX,
		.noun = "position",
	},
	{
		.name = "json",
		.help = "summary as one line of JSON",
		.kind = OPTION_TURN_ON,
		OPTION_FIELD(struct options, json),
	},
	{
		.name = "quiet",
		.key = 'Q',
		.help = "no summary",
		.kind = OPTION_TURN_ON,
		OPTION_FIELD(struct options, quiet),
	},
};

static void check(struct argp_state *state, void *options)
{
	const struct options *o = options;

	if (!o->connect.len)
		argp_error(state, "--connect is missing");
}

static const struct option_table table = {
	.rows = rows,
	.num = sizeof(rows) / sizeof(rows[0]),
	.doc = doc,
	.check = check,
};

/* ---- sending ---- */

static int connect_one(struct sender *s, struct stream *st, uint64_t deadline)
{
	const struct endpoint *ep = &s->o.connect;

	for (;;) {
		int err;

		st->fd = socket(ep->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (st->fd < 0) {
			complain("opening a TCP socket: %s", strerror(errno));
			return -1;
		}
		if (!connect(st->fd, (const struct sockaddr *)&ep->addr, ep->len))
			return 0;
		err = errno;
		close(st->fd);
		st->fd = -1;
		/* A refused socket cannot be used again, hence a new one each time. */
		if (stop_requested() || now_ns() >= deadline ||
		    (err != ECONNREFUSED && err != ENETUNREACH && err != EHOSTUNREACH)) {
			complain("connecting to %s: %s", ep->text, strerror(err));
			return -1;
		}
		sleep_until(now_ns() + RETRY_NS);
	}
}

static int start(struct sender *s)
{
	uint64_t deadline = now_ns() + s->o.wait_ns;
	unsigned int i;

	for (i = 0; i < s->o.streams; i++) {
		struct stream *st = &s->streams[i];

		pattern_init(&st->pattern, s->o.seed + i);
		st->chunk = malloc(CHUNK);
		if (!st->chunk) {
			complain("%s", strerror(ENOMEM));
			return -1;
		}
		if (connect_one(s, st, deadline) < 0)
			return -1;
	}
	s->start = now_ns();
	return 0;
}

static bool out_of_time(const struct sender *s)
{
	return stop_requested() || (s->o.duration_ns && now_ns() - s->start >= s->o.duration_ns);
}

static void finish_stream(struct stream *st)
{
	st->done = true;
	shutdown(st->fd, SHUT_WR);
}

/* Make the next piece of the stream. */
static void fill_chunk(const struct sender *s, struct stream *st)
{
	uint64_t want = CHUNK;

	if (s->o.bytes && s->o.bytes - st->sent < want)
		want = s->o.bytes - st->sent;
	pattern_fill(&st->pattern, st->sent, st->chunk, want);
	if (s->o.damage != NO_DAMAGE && s->o.damage >= st->sent && s->o.damage - st->sent < want)
		st->chunk[s->o.damage - st->sent] ^= 0xff;
	st->from = 0;
	st->left = want;
}

/* Send what the socket takes. Return: 0 or -1 after an error (printed). */
static int send_some(struct sender *s, struct stream *st)
{
	uint64_t max;
	ssize_t len;

	if (!st->left)
		fill_chunk(s, st);
	/* All streams together make a piece. */
	max = pace_piece(&s->pace, st->left * s->o.streams) / s->o.streams;
	len = send(st->fd, st->chunk + st->from, max ? max : 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (len < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return 0;
		if (errno == EPIPE || errno == ECONNRESET) {
			s->peer_closed = true;
			st->done = true;
			/* Who sends without end has to expect it. */
			if (!s->o.bytes)
				return 0;
		}
		complain("sending to %s after %llu bytes: %s", s->o.connect.text,
			 (unsigned long long)st->sent, strerror(errno));
		return -1;
	}
	st->from += len;
	st->left -= len;
	st->sent += len;
	s->total += len;
	pace_moved(&s->pace, len, now_ns());
	if (s->o.bytes && st->sent == s->o.bytes)
		finish_stream(st);
	return 0;
}

static int run(struct sender *s)
{
	struct pollfd fds[MAX_STREAMS];
	unsigned int i, open;

	while (!out_of_time(s)) {
		uint64_t wait = 200;

		for (open = 0, i = 0; i < s->o.streams; i++) {
			fds[i] = (struct pollfd){ .fd = s->streams[i].done ? -1 : s->streams[i].fd,
						  .events = POLLOUT };
			open += !s->streams[i].done;
		}
		if (!open)
			return 0;
		if (s->o.duration_ns) {
			uint64_t left = s->start + s->o.duration_ns - now_ns();

			if (left < wait * 1000000)
				wait = left / 1000000 + 1;
		}
		if (poll(fds, s->o.streams, wait) < 0 && errno != EINTR) {
			complain("waiting to send: %s", strerror(errno));
			return -1;
		}
		for (i = 0; i < s->o.streams; i++)
			if (fds[i].revents && send_some(s, &s->streams[i]) < 0)
				return -1;
		if (s->o.rate)
			sleep_until(s->pace.next_ns);
	}
	return 0;
}

/*
 * After the end of the stream wait until the receiver has closed or, if it stops reading,
 * until interrupted: closing at once would also do, but then our exit would say nothing about
 * the data having been taken.
 */
static int wait_for_peer(struct sender *s)
{
	unsigned int i;

	/* All ends first: the receiver may close only when it has seen all of them. */
	for (i = 0; i < s->o.streams; i++)
		if (!s->streams[i].done)
			finish_stream(&s->streams[i]);
	for (i = 0; i < s->o.streams; i++) {
		struct stream *st = &s->streams[i];
		ssize_t len;
		char c;

		if (s->peer_closed)
			continue;
		do {
			len = recv(st->fd, &c, 1, 0);
		} while (len > 0);
		if (len < 0 && errno != EINTR && errno != ECONNRESET) {
			complain("waiting for %s: %s", s->o.connect.text, strerror(errno));
			return -1;
		}
		if (len < 0 && errno == ECONNRESET) {
			complain("%s reset the connection before it had read everything",
				 s->o.connect.text);
			return s->o.bytes ? -1 : 0;
		}
	}
	return 0;
}

static void summarise(const struct sender *s, bool ok)
{
	double elapsed = s->start ? (double)(now_ns() - s->start) / NSEC_PER_SEC : 0;
	char size[FORMAT_MAX], speed[FORMAT_MAX];

	if (s->o.json)
		printf("{\"bytes\":%llu,\"streams\":%llu,\"seed\":%llu,\"seconds\":%.3f,"
		       "\"peer_closed\":%s,\"ok\":%s}\n",
		       (unsigned long long)s->total, (unsigned long long)s->o.streams,
		       (unsigned long long)s->o.seed, elapsed, s->peer_closed ? "true" : "false",
		       ok ? "true" : "false");
	else if (!s->o.quiet)
		printf("sent %llu bytes (%s) in %.2f s (%s/s)%s\n", (unsigned long long)s->total,
		       format_size(size, s->total), elapsed,
		       format_size(speed, elapsed > 0 ? s->total / elapsed : 0),
		       s->peer_closed ? ", the receiver closed" : "");
}

int main(int argc, char **argv)
{
	struct sender s = { .o.streams = 1, .o.damage = NO_DAMAGE };
	unsigned int i;
	bool ok;

	if (getrandom(&s.o.seed, sizeof(s.o.seed), 0) < 0) {
		complain("getting a random seed: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	option_table_parse(&table, &s.o, argc, argv);
	s.pace.rate = s.o.rate;
	catch_stop_signals();
	s.streams = calloc(s.o.streams, sizeof(*s.streams));
	if (!s.streams) {
		complain("%s", strerror(ENOMEM));
		return EXIT_FAILURE;
	}
	for (i = 0; i < s.o.streams; i++)
		s.streams[i].fd = -1;
	ok = !start(&s) && !run(&s) && !wait_for_peer(&s);
	summarise(&s, ok);
	for (i = 0; i < s.o.streams; i++) {
		if (s.streams[i].fd >= 0)
			close(s.streams[i].fd);
		free(s.streams[i].chunk);
	}
	free(s.streams);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
