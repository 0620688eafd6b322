/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What devmem-recv and devmem-send share: one-line errors, addresses, and time.
 */
#ifndef DEVMEMTOP_RECV_UTIL_H
#define DEVMEMTOP_RECV_UTIL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/**
 * struct endpoint - an address and port
 * @addr: for bind() or connect()
 * @len: its size
 * @any: the address was left out or is all zeroes
 * @text: as it is to be shown
 */
struct endpoint {
	struct sockaddr_storage addr;
	socklen_t len;
	bool any;
	char text[80];
};

/**
 * complain() - print "program: text" as one line to standard error
 * @fmt: as in printf(), without a newline
 */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * parse_endpoint() - read ADDRESS:PORT, [IPv6]:PORT or :PORT (any address)
 * @text: to be read; names are not looked up
 * @ep: the result
 *
 * Return: NULL, or what is wrong with it.
 */
const char *parse_endpoint(const char *text, struct endpoint *ep);

/**
 * endpoint_format() - fill @ep->text and @ep->any from @ep->addr
 * @ep: with addr and len set
 */
void endpoint_format(struct endpoint *ep);

/**
 * now_ns() - the monotonic clock
 *
 * Return: nanoseconds.
 */
uint64_t now_ns(void);

/**
 * sleep_until() - sleep, or return early when a signal comes
 * @deadline: on the clock of now_ns()
 */
void sleep_until(uint64_t deadline);

/* So many bytes per second, and no burst to make up for a pause. */
struct pace {
	uint64_t rate;	  /* 0: no limit */
	uint64_t next_ns; /* when to go on, on the clock of now_ns() */
};

/**
 * pace_piece() - how much to move before the next pause
 * @p: pace
 * @max: no more than this
 *
 * Return: @max, or the bytes of a tenth of a second when these are less; 1 at least.
 */
uint64_t pace_piece(const struct pace *p, uint64_t max);

/**
 * pace_moved() - so much was moved
 * @p: pace
 * @bytes: how much
 * @now: now_ns()
 *
 * Return: when to go on; not after @now when there is no need to wait.
 */
uint64_t pace_moved(struct pace *p, uint64_t bytes, uint64_t now);

/**
 * catch_stop_signals() - from now on SIGINT, SIGTERM and SIGHUP only set a flag
 *
 * The second signal ends the program at once. SIGPIPE is ignored.
 */
void catch_stop_signals(void);

/**
 * stop_requested() - has such a signal come?
 *
 * Return: true when it has.
 */
bool stop_requested(void);

#endif
