// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Races for people.
 */
#include "output/races_text.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"

/* The most processes in a sentence, and the most sockets in a report. */
#define NAMED 2
#define LINES 8

static FILE *text_open(char **text, size_t *size)
{
	FILE *f = open_memstream(text, size);

	if (!f)
		err(EXIT_FAILURE, "writing a report");
	return f;
}

static void text_close(FILE *f)
{
	if (fclose(f))
		err(EXIT_FAILURE, "writing a report");
}

static void put_number(FILE *out, uint64_t n)
{
	if (n == UNKNOWN)
		fputc('-', out);
	else
		fprintf(out, "%" PRIu64, n);
}

/* The number is known, and it is not 0, which means "none". */
static bool is_some(uint64_t n)
{
	return n && n != UNKNOWN;
}

static void put_task(FILE *out, const char *comm, uint64_t id)
{
	fprintf(out, "%s[", comm);
	put_number(out, id);
	fputc(']', out);
}

/* ---- who holds net_iovs ---- */

static void put_holder(FILE *out, const struct holder *h)
{
	if (h->pid)
		put_task(out, h->comm, h->pid);
	else
		fputs("a process that is not known", out);
}

/* Is this the first socket of its process? Then @niovs gets the sum over the process's sockets. */
static bool sum_process(const struct held *held, uint32_t first, uint32_t *niovs)
{
	const struct holder *h = held->sockets;
	uint32_t i;

	*niovs = 0;
	for (i = 0; i < held->num; i++) {
		if (h[i].pid != h[first].pid)
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

/* In a few words, behind a sentence. */
static void put_held_by(FILE *out, const struct race *r)
{
	const struct held *held = r->held;
	uint32_t i, niovs, named = 0, rest;

	if (!held)
		return;
	if (held->why[0]) {
		fputs(", by whom is not known", out);
		return;
	}
	rest = held->in_sockets;
	for (i = 0; i < held->num && named < NAMED; i++) {
		if (!sum_process(held, i, &niovs))
			continue;
		fprintf(out, "%s %u by ", named ? "," : ":", niovs);
		put_holder(out, &held->sockets[i]);
		rest -= niovs;
		named++;
	}
	if (rest)
		fprintf(out, ", %u by others", rest);
	if (held->elsewhere)
		fprintf(out, "%s %s%u in no socket", named ? "," : ":", at_most(held),
			held->elsewhere);
}

static void put_end(FILE *out, const struct holder *h, const uint8_t *addr, uint16_t port)
{
	char buf[FORMAT_ENDPOINT_MAX];

	fputs(format_endpoint(buf, h->family, addr, port), out);
}

static void put_held(FILE *out, const struct held *held)
{
	uint32_t i, rest = held->in_sockets;

	if (held->why[0]) {
		fprintf(out, "    held     by whom is not known: %s\n", held->why);
		return;
	}
	for (i = 0; i < held->num && i < LINES; i++) {
		const struct holder *h = &held->sockets[i];

		fprintf(out, "    held     %u by ", holder_niovs(h));
		put_holder(out, h);
		fprintf(out, ": %u as tokens, %u not received yet, ", h->user, h->queued);
		put_end(out, h, h->local, h->local_port);
		fputs(" from ", out);
		put_end(out, h, h->remote, h->remote_port);
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

/* ---- one line ---- */

static void put_memory(FILE *out, uint64_t binding)
{
	if (!binding) {
		fputs("host memory", out);
		return;
	}
	fputs("binding ", out);
	put_number(out, binding);
}

static void put_binding(FILE *out, const struct race *r)
{
	put_memory(out, r->binding);
}

static void put_queue_binding(FILE *out, const struct race *r)
{
	put_memory(out, r->queue_binding);
}

static void put_pool(FILE *out, const struct race *r)
{
	put_number(out, r->pool);
}

static void put_other_pool(FILE *out, const struct race *r)
{
	put_number(out, r->other_pool);
}

static void put_cpu(FILE *out, const struct race *r)
{
	put_number(out, r->softirq.cpu);
}

static void put_other_cpu(FILE *out, const struct race *r)
{
	put_number(out, r->other_cpu);
}

static void put_napi(FILE *out, const struct race *r)
{
	put_number(out, r->softirq.napi);
}

static void put_other_napi(FILE *out, const struct race *r)
{
	put_number(out, r->other_napi);
}

static void put_error(FILE *out, const struct race *r)
{
	fputs(r->err == UNKNOWN ? "-" : strerror((int)r->err), out);
}

static void put_age(FILE *out, const struct race *r)
{
	char buf[FORMAT_MAX];

	fputs(format_ns(buf, r->age_ns), out);
}

static void put_outstanding(FILE *out, const struct race *r)
{
	put_number(out, r->outstanding);
}

static void put_rtnl_task(FILE *out, const struct race *r)
{
	put_task(out, r->rtnl.comm, r->rtnl.pid);
}

static void put_phase(FILE *out, const struct race *r)
{
	fputs(r->rtnl.phase, out);
}

/* The fields that may stand in braces in struct race::says. */
static const struct {
	const char *name;
	void (*put)(FILE *out, const struct race *r);
} fields[] = {
	{ "binding", put_binding },
	{ "queue_binding", put_queue_binding },
	{ "pool", put_pool },
	{ "other_pool", put_other_pool },
	{ "cpu", put_cpu },
	{ "other_cpu", put_other_cpu },
	{ "napi", put_napi },
	{ "other_napi", put_other_napi },
	{ "error", put_error },
	{ "age", put_age },
	{ "outstanding", put_outstanding },
	{ "rtnl_task", put_rtnl_task },
	{ "phase", put_phase },
	{ "held_by", put_held_by },
};

/* Replaces the field that a text begins with. Returns the field's length. */
static size_t put_field(FILE *out, const struct race *r, const char *text)
{
	size_t len = strcspn(text, "}"), i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strlen(fields[i].name) != len - 1 || strncmp(fields[i].name, text + 1, len - 1))
			continue;
		fields[i].put(out, r);
		return len + 1;
	}
	/* The sentence has a mistake. It is printed, so that the test of all sentences sees it. */
	fputc('{', out);
	return 1;
}

static void put_summary(FILE *out, const struct race *r)
{
	const char *text = r->says;

	while (*text) {
		size_t len = strcspn(text, "{");

		fprintf(out, "%.*s", (int)len, text);
		text += len;
		if (*text)
			text += put_field(out, r, text);
	}
}

char *race_summary(const struct race *race)
{
	char *text;
	size_t size;
	FILE *f = text_open(&text, &size);

	put_summary(f, race);
	text_close(f);
	return text;
}

/* ---- all lines ---- */

static void put_time(FILE *out, uint64_t ns)
{
	fprintf(out, "%" PRIu64 ".%09" PRIu64, ns / 1000000000, ns % 1000000000);
}

static void put_where(FILE *out, const struct race *r)
{
	if (r->ifname[0])
		fputs(r->ifname, out);
	else
		fprintf(out, "ifindex %u of netns %u", r->ifindex, r->netns);
	if (r->queue != NO_QUEUE)
		fprintf(out, " queue %u", r->queue);
}

static void put_first_line(FILE *out, const struct race *r)
{
	if (r->time_ns == UNKNOWN)
		fputc('-', out);
	else
		fprintf(out, "%" PRIu64 ".%06" PRIu64, r->time_ns / 1000000000,
			r->time_ns % 1000000000 / 1000);
	fprintf(out, " %s ", r->code);
	put_where(out, r);
	fputs(": ", out);
	put_summary(out, r);
	fputc('\n', out);
}

static void put_second_line(FILE *out, const struct race *r)
{
	int64_t ns;

	fputs("    number ", out);
	put_number(out, r->nth);
	fputs(" of its code", out);
	if (is_some(r->suppressed))
		fprintf(out, ", %" PRIu64 " of this queue not shown before it", r->suppressed);
	if (is_some(r->niov))
		fprintf(out, ", net_iov 0x%" PRIx64, r->niov);
	if (is_some(r->other_ns)) {
		fputs(", NAPI ", out);
		put_number(out, r->other_napi);
		fputs(" on CPU ", out);
		put_number(out, r->other_cpu);
		fprintf(out, " took from the pool %" PRIu64 " ns before", r->time_ns - r->other_ns);
	}
	if (race_between(r, &ns))
		fprintf(out, ", %" PRId64 " ns from the rtnl side's last step to the softirq side",
			ns);
	fputc('\n', out);
}

static void put_stack(FILE *out, const struct race_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->num; i++)
		fprintf(out, "      %s\n", stack->names[i]);
}

static void put_softirq(FILE *out, const struct race_receiver *s)
{
	if (s->time_ns == UNKNOWN) {
		fputs("    softirq  no part in it seen\n", out);
		return;
	}
	fputs("    softirq  CPU ", out);
	put_number(out, s->cpu);
	fputs(", ", out);
	put_time(out, s->time_ns);
	if (is_some(s->napi))
		fprintf(out, ", NAPI %" PRIu64, s->napi);
	fputs(", on ", out);
	put_task(out, s->comm, s->tid);
	fputc('\n', out);
	put_stack(out, &s->stack);
}

static void put_rtnl(FILE *out, const struct race_switcher *s)
{
	if (s->time_ns == UNKNOWN) {
		fputs("    rtnl     no restart of this queue seen\n", out);
		return;
	}
	fputs("    rtnl     ", out);
	put_task(out, s->comm, s->tid);
	fputs(", ", out);
	put_time(out, s->time_ns);
	if (s->is_restart) {
		fputs(", restart of binding ", out);
		put_number(out, s->old_binding);
		fputs(" to ", out);
		put_number(out, s->new_binding);
		fprintf(out, ": %s", s->phase);
	}
	if (is_some(s->err))
		fprintf(out, " (%s)", strerror((int)s->err));
	fputc('\n', out);
	put_stack(out, &s->stack);
}

char *race_text(const struct race *race)
{
	char *text;
	size_t size;
	FILE *f = text_open(&text, &size);

	put_first_line(f, race);
	put_second_line(f, race);
	if (race->held)
		put_held(f, race->held);
	put_softirq(f, &race->softirq);
	put_rtnl(f, &race->rtnl);
	text_close(f);
	return text;
}

/* ---- the end ---- */

void race_print_totals(FILE *out, const struct race_totals *t)
{
	size_t i;

	fprintf(out, "races=%" PRIu64, t->all);
	for (i = 0; i < t->num; i++)
		if (t->codes[i].seen)
			fprintf(out, " %s=%" PRIu64, t->codes[i].code, t->codes[i].seen);
	fprintf(out, " (not shown: %" PRIu64 " too many at once, %" PRIu64 " ring full; ",
		t->limited, t->lost);
	fprintf(out, "not judged: %" PRIu64 " missed, %" PRIu64 " table full)\n", t->missed,
		t->full);
}
