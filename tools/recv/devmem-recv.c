// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * devmem-recv: receive TCP into a dma-buf, check every byte, hand the buffers back.
 *
 * It is a test tool and an example at once. The parts an application needs are binding.c
 * (bind a dma-buf to a queue) and stream.c (recvmsg, control messages, tokens).
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/format.h"
#include "lib/netdev_genl.h"
#include "lib/numbers.h"
#include "recv/binding.h"
#include "recv/options.h"
#include "recv/steer.h"
#include "recv/stream.h"
#include "recv/util.h"

/* recvmsg() calls on a stream before the others have their turn. */
#define TURN 16

struct session {
	struct recv_options o;
	struct bindings *bindings;
	struct steer *steer;
	struct receiver *receiver;
	struct stream *streams; /* o.connections of them, accepted are in use */
	unsigned int accepted;
	int listen_fd;
	struct pace pace;
	uint64_t start; /* of the first connection, 0: none yet */
	uint64_t last;	/* when something happened */
	uint64_t next_progress;
	bool rebinding;
	const char *stopped_by; /* why, when not by the senders */
};

/* ---- getting ready ---- */

static int start_listening(struct session *s)
{
	const struct endpoint *ep = &s->o.listen;
	int on = 1, off = 0;

	s->listen_fd = socket(ep->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listen_fd < 0) {
		complain("opening a TCP socket: %s", strerror(errno));
		return -1;
	}
	setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ep->addr.ss_family == AF_INET6)
		setsockopt(s->listen_fd, IPPROTO_IPV6, IPV6_V6ONLY, ep->any ? &off : &on,
			   sizeof(on));
	if (bind(s->listen_fd, (const struct sockaddr *)&ep->addr, ep->len) < 0 ||
	    listen(s->listen_fd, s->o.connections) < 0) {
		complain("listening on %s: %s", ep->text, strerror(errno));
		return -1;
	}
	if (!s->o.quiet)
		complain("listening on %s", ep->text);
	return 0;
}

static int set_header_split(const struct recv_options *o)
{
	unsigned int ifindex = if_nametoindex(o->bindings.ifname);
	struct netdev_genl_error err;

	if (!ifindex) {
		complain("there is no interface %s in this network namespace", o->bindings.ifname);
		return -1;
	}
	if (netdev_genl_header_split(ifindex, !strcmp(o->header_split, "on"), &err) < 0) {
		complain("turning header split of %s %s: %s", o->bindings.ifname, o->header_split,
			 err.text);
		return -1;
	}
	return 0;
}

static int start_devmem(struct session *s)
{
	const struct recv_options *o = &s->o;

	if (o->header_split && set_header_split(o) < 0)
		return -1;
	s->bindings = bindings_create(&o->bindings);
	if (!s->bindings)
		return -1;
	if (!o->steer && !o->rss)
		return 0;
	s->steer = steer_open(o->bindings.ifname);
	if (!s->steer)
		return -1;
	if (o->rss && steer_others_away(s->steer, o->queues, o->bindings.num_queues) < 0)
		return -1;
	/* With several queues each connection gets a rule of its own, see accept_one(). */
	if (o->steer && o->bindings.num_queues == 1)
		return steer_flow(s->steer, &o->listen, NULL, o->queues[0]);
	return 0;
}

static int start(struct session *s)
{
	s->streams = calloc(s->o.connections, sizeof(*s->streams));
	if (!s->streams) {
		complain("%s", strerror(ENOMEM));
		return -1;
	}
	if (s->o.receiver.devmem && start_devmem(s) < 0)
		return -1;
	s->receiver = receiver_create(&s->o.receiver, s->bindings);
	if (!s->receiver)
		return -1;
	s->last = now_ns();
	return start_listening(s);
}

/* ---- running ---- */

static int accept_one(struct session *s)
{
	struct stream *st = &s->streams[s->accepted];
	struct endpoint local = { .len = sizeof(local.addr) };

	st->peer.len = sizeof(st->peer.addr);
	st->fd = accept4(s->listen_fd, (struct sockaddr *)&st->peer.addr, &st->peer.len,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (st->fd < 0) {
		if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			return 0;
		complain("accepting a connection: %s", strerror(errno));
		return -1;
	}
	endpoint_format(&st->peer);
	st->number = ++s->accepted;
	s->last = now_ns();
	if (!s->start)
		s->start = s->last;
	if (!s->steer || !s->o.steer || s->o.bindings.num_queues == 1)
		return 0;
	if (getsockname(st->fd, (struct sockaddr *)&local.addr, &local.len) < 0) {
		complain("asking for a connection's address: %s", strerror(errno));
		return -1;
	}
	endpoint_format(&local);
	return steer_flow(s->steer, &local, &st->peer,
			  s->o.queues[(st->number - 1) % s->o.bindings.num_queues]);
}

/*
 * Slow readers: --slow after each call, --rate after each piece. Return: whether there was a pause,
 * after which it is time to look at the clock.
 */
static bool pause_after(struct session *s, uint64_t bytes)
{
	uint64_t now = now_ns(), until = pace_moved(&s->pace, bytes, now);

	if (s->o.slow_ns)
		sleep_until(now + s->o.slow_ns);
	if (s->o.rate)
		sleep_until(until);
	return s->o.slow_ns || s->o.rate;
}

static int read_stream(struct session *s, struct stream *st)
{
	const struct receiver_totals *t = receiver_totals(s->receiver);
	unsigned int turn;

	for (turn = 0; turn < TURN && !stop_requested(); turn++) {
		uint64_t max = s->o.bytes ? s->o.bytes - t->bytes : UINT64_MAX;
		ssize_t len;

		if (!max)
			return 0;
		len = receiver_read(s->receiver, st, pace_piece(&s->pace, max));
		if (len <= 0)
			return len;
		s->last = now_ns();
		/* From the first data on, so that every rebind happens under traffic. */
		if (s->o.rebind_ns && s->bindings && !s->rebinding) {
			s->rebinding = true;
			if (bindings_start_rebinding(s->bindings, s->o.rebind_ns) < 0)
				return -1;
		}
		if (pause_after(s, len))
			break;
	}
	return 0;
}

static void show_progress(struct session *s)
{
	const struct receiver_totals *t = receiver_totals(s->receiver);
	struct bindings_stats b = { 0 };
	uint64_t now = now_ns();
	char size[FORMAT_MAX];

	if (s->o.quiet || !s->start || now < s->next_progress)
		return;
	if (s->bindings)
		bindings_stats(s->bindings, &b);
	if (s->next_progress)
		complain("%5.1f s: %s, %llu wrong, %llu tokens kept back, %llu rebinds",
			 (double)(now - s->start) / NSEC_PER_SEC, format_size(size, t->bytes),
			 (unsigned long long)t->mismatched,
			 (unsigned long long)(t->tokens - t->returned),
			 (unsigned long long)b.rebinds);
	s->next_progress = now + NSEC_PER_SEC;
}

/* Return: true when it is time to end, for another reason than the senders being done. */
static bool time_to_stop(struct session *s)
{
	const struct receiver_totals *t = receiver_totals(s->receiver);

	if (stop_requested())
		s->stopped_by = "signal";
	else if (s->o.bytes && t->bytes >= s->o.bytes)
		s->stopped_by = "bytes";
	else if (s->o.duration_ns && s->start && now_ns() - s->start >= s->o.duration_ns)
		s->stopped_by = "duration";
	return s->stopped_by;
}

/* Milliseconds poll() may sleep; also bounds how late we see a deadline. */
static int poll_timeout(const struct session *s)
{
	uint64_t now = now_ns(), next = now + NSEC_PER_SEC;

	if (s->o.duration_ns && s->start && s->start + s->o.duration_ns < next)
		next = s->start + s->o.duration_ns;
	if (s->o.idle_ns && s->last + s->o.idle_ns < next)
		next = s->last + s->o.idle_ns;
	return next <= now ? 0 : (next - now) / 1000000 + 1;
}

/* Wait for something to do and do it. Return: 1 to go on, 0 when all is done, -1 on error. */
static int step(struct session *s, struct pollfd *fds)
{
	unsigned int i, open = 0;

	for (i = 0; i < s->accepted; i++) {
		fds[i] = (struct pollfd){ .fd = s->streams[i].eof ? -1 : s->streams[i].fd,
					  .events = POLLIN };
		open += !s->streams[i].eof;
	}
	fds[i] = (struct pollfd){ .fd = s->accepted < s->o.connections ? s->listen_fd : -1,
				  .events = POLLIN };
	if (!open && fds[i].fd < 0)
		return 0;
	if (poll(fds, s->accepted + 1, poll_timeout(s)) < 0 && errno != EINTR) {
		complain("waiting for data: %s", strerror(errno));
		return -1;
	}
	if (s->o.idle_ns && now_ns() - s->last >= s->o.idle_ns) {
		complain(s->start ? "no data for %.1f s" : "no connection for %.1f s",
			 (double)s->o.idle_ns / NSEC_PER_SEC);
		return -1;
	}
	if (fds[i].revents && accept_one(s) < 0)
		return -1;
	/* fds[] is filled up to where the new stream is; it has its turn the next time. */
	for (open = i, i = 0; i < open; i++)
		if (fds[i].revents && read_stream(s, &s->streams[i]) < 0)
			return -1;
	return 1;
}

static int run(struct session *s)
{
	struct pollfd *fds = calloc(s->o.connections + 1, sizeof(*fds));
	int ret = 1;
	unsigned int i;

	if (!fds) {
		complain("%s", strerror(ENOMEM));
		return -1;
	}
	while (ret > 0 && !time_to_stop(s)) {
		show_progress(s);
		ret = step(s, fds);
	}
	free(fds);
	for (i = 0; i < s->accepted && ret >= 0; i++)
		if (receiver_return_tokens(s->receiver, &s->streams[i]) < 0)
			ret = -1;
	if (ret >= 0 && receiver_finish(s->receiver) < 0)
		ret = -1;
	return ret < 0 ? -1 : 0;
}

/* ---- the end ---- */

static void print_json(const struct session *s, const struct receiver_totals *t,
		       const struct bindings_stats *b, double elapsed, bool ok)
{
	printf("{\"bytes\":%llu,\"verified\":%llu,\"mismatched\":%llu,"
	       "\"devmem_bytes\":%llu,\"linear_bytes\":%llu,\"host_bytes\":%llu,"
	       "\"tokens\":%llu,\"returned\":%llu,\"held\":%llu,"
	       "\"rebinds\":%llu,\"rebinds_failed\":%llu,\"rebinds_postponed\":%llu,"
	       "\"longest_rebind_us\":%llu,"
	       "\"connections\":%u,\"recvs\":%llu,\"seconds\":%.3f,\"stopped_by\":\"%s\","
	       "\"ok\":%s}\n",
	       (unsigned long long)t->bytes, (unsigned long long)t->verified,
	       (unsigned long long)t->mismatched, (unsigned long long)t->devmem_bytes,
	       (unsigned long long)t->linear_bytes, (unsigned long long)t->host_bytes,
	       (unsigned long long)t->tokens, (unsigned long long)t->returned,
	       (unsigned long long)t->held, (unsigned long long)b->rebinds,
	       (unsigned long long)b->failed, (unsigned long long)b->postponed,
	       (unsigned long long)(b->longest_ns / NSEC_PER_USEC), s->accepted,
	       (unsigned long long)t->recvs, elapsed, s->stopped_by ? s->stopped_by : "sender",
	       ok ? "true" : "false");
}

static void print_text(const struct session *s, const struct receiver_totals *t,
		       const struct bindings_stats *b, double elapsed, bool ok)
{
	char size[FORMAT_MAX], speed[FORMAT_MAX];

	printf("received   %llu bytes (%s) in %.2f s (%s/s), %u connection%s\n",
	       (unsigned long long)t->bytes, format_size(size, t->bytes), elapsed,
	       format_size(speed, elapsed > 0 ? t->bytes / elapsed : 0), s->accepted,
	       s->accepted == 1 ? "" : "s");
	printf("  through  dma-buf %llu, copied from dma-buf packets %llu, host memory %llu\n",
	       (unsigned long long)t->devmem_bytes, (unsigned long long)t->linear_bytes,
	       (unsigned long long)t->host_bytes);
	if (s->o.receiver.verify)
		printf("  checked  %llu right, %llu wrong\n", (unsigned long long)t->verified,
		       (unsigned long long)t->mismatched);
	if (s->bindings) {
		printf("  tokens   %llu got, %llu returned, %llu held until the end\n",
		       (unsigned long long)t->tokens, (unsigned long long)t->returned,
		       (unsigned long long)t->held);
		printf("  rebinds  %llu done, %llu failed, %llu postponed, longest %.3f ms\n",
		       (unsigned long long)b->rebinds, (unsigned long long)b->failed,
		       (unsigned long long)b->postponed, (double)b->longest_ns / 1e6);
	}
	printf("%s\n", ok ? "ok" : "FAILED");
}

/* Return: whether all is well. */
static bool summarise(const struct session *s, int ret)
{
	const struct receiver_totals *t = receiver_totals(s->receiver);
	double elapsed = s->start ? (double)(s->last - s->start) / NSEC_PER_SEC : 0;
	struct bindings_stats b = { 0 };
	bool ok = !ret && !t->mismatched;

	/* Rebinds are told of to the last one. */
	if (s->bindings) {
		bindings_stop_rebinding(s->bindings);
		bindings_stats(s->bindings, &b);
	}
	if (!ret && !t->bytes) {
		complain("nothing was received");
		ok = false;
	}
	if (!ret && s->o.receiver.verify && t->verified + t->mismatched != t->bytes) {
		complain("only %llu of %llu bytes were checked",
			 (unsigned long long)(t->verified + t->mismatched),
			 (unsigned long long)t->bytes);
		ok = false;
	}
	if (s->o.json)
		print_json(s, t, &b, elapsed, ok);
	else
		print_text(s, t, &b, elapsed, ok);
	if (fflush(stdout) || ferror(stdout)) {
		complain("writing the summary: %s", strerror(errno));
		ok = false;
	}
	return ok;
}

int main(int argc, char **argv)
{
	struct session s = { .listen_fd = -1 };
	bool ok = false;
	unsigned int i;

	recv_options_parse(&s.o, argc, argv);
	if (s.o.only_split)
		return set_header_split(&s.o) ? EXIT_FAILURE : EXIT_SUCCESS;
	s.pace.rate = s.o.rate;
	catch_stop_signals();
	if (!start(&s))
		ok = summarise(&s, run(&s));

	/* Rules go first: no new flow should head for a queue that is about to change. */
	steer_close(s.steer);
	for (i = 0; i < s.accepted; i++)
		close(s.streams[i].fd);
	if (s.listen_fd >= 0)
		close(s.listen_fd);
	receiver_destroy(s.receiver);
	bindings_destroy(s.bindings);
	free(s.streams);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
