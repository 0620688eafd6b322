// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Who holds net_iovs of a binding that was unbound, for people and for programs.
 */
#include "output/held.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* So many processes fit into a sentence, and so many sockets into a report. */
#define NAMED 2
#define LINES 8

static const char *who(const struct devmem_holder *h, char *buf, size_t size)
{
	if (h->owner.tgid)
		snprintf(buf, size, "%s[%u]", h->owner.comm, h->owner.tgid);
	else
		snprintf(buf, size, "a process that is not known");
	return buf;
}

/* Is it the first socket of its process? Then @niovs gets what all of these have. */
static bool sum_process(const struct held *held, uint32_t first, uint32_t *niovs)
{
	const struct devmem_holder *h = held->sockets;
	uint32_t i;

	*niovs = 0;
	for (i = 0; i < held->num; i++) {
		if (h[i].owner.tgid != h[first].owner.tgid)
			continue;
		if (i < first)
			return false;
		*niovs += holder_niovs(&h[i]);
	}
	return true;
}

static const char *at_most(const struct held *held)
{
	return held->complete ? "" : "at most ";
}

const char *held_summary(const struct held *held, char *buf, size_t size)
{
	uint32_t i, niovs, named = 0, rest = held->in_sockets;
	size_t len = 0;
	char name[40];

	buf[0] = '\0';
	if (held->why[0]) {
		snprintf(buf, size, ", by whom is not known");
		return buf;
	}
	for (i = 0; i < held->num && named < NAMED && len < size; i++) {
		if (!sum_process(held, i, &niovs))
			continue;
		len += snprintf(buf + len, size - len, "%s %u by %s", named ? "," : ":", niovs,
				who(&held->sockets[i], name, sizeof(name)));
		rest -= niovs;
		named++;
	}
	if (rest && len < size)
		len += snprintf(buf + len, size - len, ", %u by others", rest);
	if (held->elsewhere && len < size)
		snprintf(buf + len, size - len, "%s %s%u in no socket", len ? "," : ":",
			 at_most(held), held->elsewhere);
	return buf;
}

static const char *address(const struct devmem_socket_state *s, const uint8_t *addr, char *buf)
{
	return inet_ntop(s->family, addr, buf, INET6_ADDRSTRLEN) ? buf : "?";
}

static void print_end(FILE *out, const struct devmem_socket_state *s, const uint8_t *addr,
		      uint16_t port)
{
	char buf[INET6_ADDRSTRLEN];

	fprintf(out, s->family == AF_INET ? "%s:%u" : "[%s]:%u", address(s, addr, buf), port);
}

void held_print(FILE *out, const struct held *held)
{
	uint32_t i, rest = held->in_sockets;
	char name[40];

	if (held->why[0]) {
		fprintf(out, "    held     by whom is not known: %s\n", held->why);
		return;
	}
	for (i = 0; i < held->num && i < LINES; i++) {
		const struct devmem_holder *h = &held->sockets[i];

		fprintf(out, "    held     %u by %s: %u as tokens, %u not received yet, ",
			holder_niovs(h), who(h, name, sizeof(name)), h->socket.user,
			h->socket.socket);
		print_end(out, &h->socket, h->socket.local, h->socket.local_port);
		fprintf(out, " from ");
		print_end(out, &h->socket, h->socket.remote, h->socket.remote_port);
		fputc('\n', out);
		rest -= holder_niovs(h);
	}
	if (rest)
		fprintf(out, "    held     %u in %u more sockets\n", rest, held->num - LINES);
	if (held->elsewhere)
		fprintf(out,
			"    held     %s%u in no socket: with the driver, in its page_pool, or in packets that are not freed yet\n",
			at_most(held), held->elsewhere);
}

/* ---- JSON ---- */

static void set(json_t *o, const char *key, json_t *value)
{
	if (json_object_set_new(o, key, value))
		errx(EXIT_FAILURE, "writing JSON: out of memory");
}

static json_t *socket_json(const struct devmem_holder *h)
{
	const struct devmem_socket_state *s = &h->socket;
	bool known = h->owner.tgid;
	char buf[INET6_ADDRSTRLEN];
	json_t *o = json_object();

	set(o, "cookie", json_integer(s->cookie));
	set(o, "local_address", json_string(address(s, s->local, buf)));
	set(o, "local_port", json_integer(s->local_port));
	set(o, "remote_address", json_string(address(s, s->remote, buf)));
	set(o, "remote_port", json_integer(s->remote_port));
	set(o, "tokens_count", json_integer(s->tokens));
	set(o, "user_niovs", json_integer(s->user));
	set(o, "socket_niovs", json_integer(s->socket));
	set(o, "pid", known ? json_integer(h->owner.tgid) : json_null());
	set(o, "comm", known ? json_string(h->owner.comm) : json_null());
	return o;
}

json_t *held_json(const struct held *held)
{
	json_t *o, *sockets;
	uint32_t i;

	if (!held)
		return json_null();
	o = json_object();
	sockets = json_array();
	for (i = 0; i < held->num; i++)
		if (json_array_append_new(sockets, socket_json(&held->sockets[i])))
			errx(EXIT_FAILURE, "writing JSON: out of memory");
	set(o, "unknown", held->why[0] ? json_string(held->why) : json_null());
	set(o, "complete", json_boolean(held->complete));
	set(o, "sockets", sockets);
	set(o, "no_socket_niovs", held->why[0] ? json_null() : json_integer(held->elsewhere));
	return o;
}
