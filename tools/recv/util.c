// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Shared odds and ends of devmem-recv and devmem-send.
 */
#include "recv/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/numbers.h"

static volatile sig_atomic_t stop_flag;

void complain(const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	/* In one piece, so that lines of the receiver's two threads do not mix. */
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, line);
}

const char *parse_endpoint(const char *text, struct endpoint *ep)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	const char *colon = strrchr(text, ':');
	struct addrinfo *found;
	char host[64] = "";
	uint64_t port;
	size_t len;

	if (!colon)
		return "no \":PORT\" at the end";
	if (!parse_number(colon + 1, 1, UINT16_MAX, &port))
		return "the port must be 1 to 65535";
	len = colon - text;
	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len)) {
		return "an IPv6 address goes into brackets: [ADDRESS]:PORT";
	}
	if (len >= sizeof(host))
		return "the address is too long";
	memcpy(host, text, len);
	if (getaddrinfo(len ? host : "::", colon + 1, &hints, &found))
		return "not a numeric IPv4 or IPv6 address";
	memcpy(&ep->addr, found->ai_addr, found->ai_addrlen);
	ep->len = found->ai_addrlen;
	freeaddrinfo(found);
	endpoint_format(ep);
	return NULL;
}

void endpoint_format(struct endpoint *ep)
{
	char host[64] = "?", port[8] = "?";

	getnameinfo((struct sockaddr *)&ep->addr, ep->len, host, sizeof(host), port, sizeof(port),
		    NI_NUMERICHOST | NI_NUMERICSERV);
	if (ep->addr.ss_family == AF_INET6) {
		const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)&ep->addr;

		ep->any = IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr);
		snprintf(ep->text, sizeof(ep->text), "[%s]:%s", host, port);
	} else {
		const struct sockaddr_in *sin = (const struct sockaddr_in *)&ep->addr;

		ep->any = sin->sin_addr.s_addr == htonl(INADDR_ANY);
		snprintf(ep->text, sizeof(ep->text), "%s:%s", host, port);
	}
}

uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void sleep_until(uint64_t deadline)
{
	struct timespec ts = {
		.tv_sec = deadline / NSEC_PER_SEC,
		.tv_nsec = deadline % NSEC_PER_SEC,
	};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

uint64_t pace_piece(const struct pace *p, uint64_t max)
{
	uint64_t piece = p->rate / 10 ? p->rate / 10 : 1;

	return p->rate && piece < max ? piece : max;
}

uint64_t pace_moved(struct pace *p, uint64_t bytes, uint64_t now)
{
	if (!p->rate)
		return now;
	if (p->next_ns < now)
		p->next_ns = now;
	p->next_ns += (double)bytes / p->rate * NSEC_PER_SEC;
	return p->next_ns;
}

static void on_stop_signal(int sig)
{
	(void)sig;
	stop_flag = 1;
}

void catch_stop_signals(void)
{
	/* No SA_RESTART: whoever waits has to wake up. RESETHAND: the second one kills. */
	struct sigaction stop = { .sa_handler = on_stop_signal, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool stop_requested(void)
{
	return stop_flag;
}
