// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Reports of races for people and for programs.
 */
#include "output/races_report.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/format.h"
#include "output/held.h"

#define FUNCTION_MAX 160

static const char *const code_names[RACE_CODES] = {
	[RACE_ALLOC_IN_RESTART] = "ALLOC_IN_RESTART",
	[RACE_STALE_DELIVERY] = "STALE_DELIVERY",
	[RACE_MIXED_FRAGS] = "MIXED_FRAGS",
	[RACE_MIXED_STREAM] = "MIXED_STREAM",
	[RACE_POOL_SHARED] = "POOL_SHARED",
	[RACE_BINDING_MISMATCH] = "BINDING_MISMATCH",
	[RACE_PROVIDER_GONE] = "PROVIDER_GONE",
	[RACE_RESTART_FAILED] = "RESTART_FAILED",
	[RACE_DOUBLE_FREE] = "DOUBLE_FREE",
	[RACE_FOREIGN_FREE] = "FOREIGN_FREE",
	[RACE_NO_RTNL] = "NO_RTNL",
	[RACE_UNBOUND_HELD] = "UNBOUND_HELD",
	[RACE_RESTART_STUCK] = "RESTART_STUCK",
};

static const char *const phase_names[RACE_PHASES] = {
	[PHASE_NONE] = "none",		 [PHASE_BEGIN] = "begun",
	[PHASE_ALLOCATED] = "allocated", [PHASE_STOPPED] = "stopped",
	[PHASE_STARTED] = "started",	 [PHASE_UNDOING] = "start failed",
	[PHASE_UNDONE] = "rolled back",	 [PHASE_DEAD] = "dead",
	[PHASE_ENDED] = "ended",
};

static const char *const detail_names[RACE_DETAILS] = {
	[DETAIL_OLD_POOL] = "old_pool",
	[DETAIL_ROLLED_BACK] = "rolled_back",
	[DETAIL_DEAD] = "dead",
	[DETAIL_TWO_NAPIS] = "two_napis",
	[DETAIL_TWO_CPUS] = "two_cpus",
	[DETAIL_WRONG_POOL] = "wrong_pool",
	[DETAIL_NO_POOL] = "no_pool",
	[DETAIL_CLEARED] = "cleared",
	[DETAIL_UNMAPPED] = "unmapped",
	[DETAIL_IN_POOL] = "in_pool",
	[DETAIL_IN_BINDING] = "in_binding",
	[DETAIL_IN_USE] = "in_use",
	[DETAIL_BIND] = "bind",
	[DETAIL_UNBIND] = "unbind",
	[DETAIL_RESTART] = "restart",
};

const char *race_code_name(unsigned int code)
{
	return code < RACE_CODES ? code_names[code] : "?";
}

const char *race_phase_name(unsigned int phase)
{
	return phase < RACE_PHASES ? phase_names[phase] : "?";
}

const char *race_detail_name(unsigned int detail)
{
	return detail < RACE_DETAILS ? detail_names[detail] : "?";
}

/* Never NULL: for sentences. */
static const char *what_ran(unsigned int detail)
{
	const char *name = race_detail_name(detail);

	return name ? name : "something";
}

/* ---- one line ---- */

static const char *what_feeds(uint32_t binding, char *buf, size_t size)
{
	if (binding)
		snprintf(buf, size, "binding %u", binding);
	else
		snprintf(buf, size, "host memory");
	return buf;
}

static const char *failed_how(const struct race_report *r)
{
	switch (r->detail) {
	case DETAIL_OLD_POOL:
		return "the queue was not stopped and is still on its old pool";
	case DETAIL_ROLLED_BACK:
		return "the queue was rolled back to its old pool";
	case DETAIL_DEAD:
		return "the queue is dead: set the link down and up";
	}
	return "how far it came was not seen";
}

static const char *freed_how(const struct race_report *r)
{
	switch (r->detail) {
	case DETAIL_IN_POOL:
		return "that was in a pool already";
	case DETAIL_IN_USE:
		return "that somebody still refers to";
	}
	return "that was in its binding already";
}

const char *race_summary(const struct race_report *r, const struct held *held, char *buf,
			 size_t size)
{
	char a[40], b[40], ns[FORMAT_MAX], by[128] = "";

	what_feeds(r->binding, a, sizeof(a));
	what_feeds(r->queue_binding, b, sizeof(b));
	format_ns(ns, r->age_ns);
	switch (r->code) {
	case RACE_ALLOC_IN_RESTART:
		snprintf(buf, size,
			 "a net_iov of %s was taken from pool %u while the queue was stopped", a,
			 r->pool);
		break;
	case RACE_STALE_DELIVERY:
		snprintf(buf, size,
			 "a packet came with a net_iov of %s (pool %u), but the queue has %s", a,
			 r->pool, b);
		break;
	case RACE_MIXED_FRAGS:
		snprintf(buf, size, "a packet came with net_iovs of %s and with pages", a);
		break;
	case RACE_MIXED_STREAM:
		snprintf(buf, size, "a flow on a queue with %s came with net_iovs, then with pages",
			 b);
		break;
	case RACE_POOL_SHARED:
		if (r->detail == DETAIL_TWO_CPUS)
			snprintf(buf, size, "CPUs %u and %u take from pool %u of %s at once",
				 r->other_cpu, r->soft.cpu, r->pool, a);
		else
			snprintf(buf, size, "NAPIs %u and %u both take from pool %u of %s",
				 r->other_napi, r->soft.napi, r->pool, a);
		break;
	case RACE_BINDING_MISMATCH:
		if (r->detail == DETAIL_WRONG_POOL)
			snprintf(buf, size, "the queue has %s, but pool %u of %s is still in use",
				 b, r->pool, a);
		else
			snprintf(buf, size, "the queue has %s, but none of its pools is of it", b);
		break;
	case RACE_PROVIDER_GONE:
		if (r->detail == DETAIL_UNMAPPED)
			snprintf(buf, size, "the DMA mapping of %s is dropped, and the queue runs",
				 a);
		else
			snprintf(
				buf, size,
				"NAPI takes from pool %u of %s, which the queue no longer has, and no restart stopped it",
				r->pool, a);
		break;
	case RACE_RESTART_FAILED:
		snprintf(buf, size, "switching from %s to %s failed (%s): %s", a, b,
			 strerror(-r->err), failed_how(r));
		break;
	case RACE_DOUBLE_FREE:
		snprintf(buf, size, "a net_iov was given back to pool %u of %s %s", r->pool, a,
			 freed_how(r));
		break;
	case RACE_FOREIGN_FREE:
		snprintf(buf, size, "a net_iov of pool %u was given to pool %u of %s",
			 r->other_pool, r->pool, a);
		break;
	case RACE_NO_RTNL:
		snprintf(buf, size, "%s without the lock that protects it", what_ran(r->detail));
		break;
	case RACE_UNBOUND_HELD:
		if (held)
			held_summary(held, by, sizeof(by));
		snprintf(buf, size,
			 "%s was unbound %s ago by %s[%u], and %u net_iovs are still held%s", a, ns,
			 r->rtnl.comm, r->rtnl.pid, r->outstanding, by);
		break;
	case RACE_RESTART_STUCK:
		snprintf(buf, size, "a restart to %s has been under way for %s, phase: %s", b, ns,
			 race_phase_name(r->rtnl.phase));
		break;
	default:
		snprintf(buf, size, "unknown code %u", r->code);
	}
	return buf;
}

/* ---- stacks ---- */

/* The detectors themselves, and what called them, tell nothing. */
static bool is_ours(const char *name)
{
	return !strncmp(name, "bpf_prog_", 9) || !strncmp(name, "bpf_trace_run", 13) ||
	       !strncmp(name, "bpf_trampoline_", 15) || !strncmp(name, "__traceiter_", 12);
}

/* ---- text ---- */

static void print_where(FILE *out, const struct race_report *r, const char *ifname)
{
	if (ifname)
		fprintf(out, "%s", ifname);
	else
		fprintf(out, "ifindex %u of netns %u", r->queue.ifindex, r->queue.netns);
	if (r->queue.queue != RACE_NO_QUEUE)
		fprintf(out, " queue %u", r->queue.queue);
}

static void print_stack(FILE *out, const __u64 *stack, uint32_t depth, const struct ksyms *syms)
{
	char name[FUNCTION_MAX];
	uint32_t i;

	for (i = 0; i < depth && i < RACE_STACK; i++)
		if (!is_ours(ksyms_name(syms, stack[i], name, sizeof(name))))
			fprintf(out, "      %s\n", name);
}

static void print_soft(FILE *out, const struct race_report *r, const struct ksyms *syms)
{
	const struct race_soft *s = &r->soft;

	if (!s->time_ns) {
		fprintf(out, "    softirq  no part in it seen\n");
		return;
	}
	fprintf(out, "    softirq  CPU %u, %" PRIu64 ".%09" PRIu64, s->cpu,
		(uint64_t)s->time_ns / 1000000000, (uint64_t)s->time_ns % 1000000000);
	if (s->napi)
		fprintf(out, ", NAPI %u", s->napi);
	fprintf(out, ", on %s[%u]\n", s->comm, s->pid);
	print_stack(out, s->stack, s->stack_depth, syms);
}

static void print_rtnl(FILE *out, const struct race_report *r, const struct ksyms *syms)
{
	const struct race_rtnl *s = &r->rtnl;

	if (!s->time_ns) {
		fprintf(out, "    rtnl     no restart of this queue seen\n");
		return;
	}
	fprintf(out, "    rtnl     %s[%u], %" PRIu64 ".%09" PRIu64, s->comm, s->tid,
		(uint64_t)s->time_ns / 1000000000, (uint64_t)s->time_ns % 1000000000);
	if (s->phase != PHASE_NONE)
		fprintf(out, ", restart of binding %u to %u: %s", s->old_binding, s->new_binding,
			race_phase_name(s->phase));
	if (s->err)
		fprintf(out, " (%s)", strerror(-s->err));
	fputc('\n', out);
	print_stack(out, s->stack, s->stack_depth, syms);
}

/* Nanoseconds from the rtnl side's last step to the other's; only where there are both. */
static bool between(const struct race_report *r, int64_t *ns)
{
	if (!r->soft.time_ns || !r->rtnl.time_ns)
		return false;
	*ns = (int64_t)(r->soft.time_ns - r->rtnl.time_ns);
	return true;
}

void race_print_text(FILE *out, const struct race_report *r, const char *ifname,
		     const struct held *held, const struct ksyms *syms)
{
	char text[320];
	int64_t ns;

	fprintf(out, "%" PRIu64 ".%06" PRIu64 " %s ", (uint64_t)r->time_ns / 1000000000,
		(uint64_t)r->time_ns % 1000000000 / 1000, race_code_name(r->code));
	print_where(out, r, ifname);
	fprintf(out, ": %s\n", race_summary(r, held, text, sizeof(text)));
	fprintf(out, "    number %" PRIu64 " of its code", (uint64_t)r->nth);
	if (r->suppressed)
		fprintf(out, ", %" PRIu64 " of this queue not shown before it",
			(uint64_t)r->suppressed);
	if (r->niov)
		fprintf(out, ", net_iov 0x%" PRIx64, (uint64_t)r->niov);
	if (r->other_ns)
		fprintf(out, ", NAPI %u on CPU %u took from the pool %" PRIu64 " ns before",
			r->other_napi, r->other_cpu, (uint64_t)(r->time_ns - r->other_ns));
	if (between(r, &ns))
		fprintf(out, ", %" PRId64 " ns from the rtnl side's last step to the softirq side",
			ns);
	fputc('\n', out);
	if (held)
		held_print(out, held);
	print_soft(out, r, syms);
	print_rtnl(out, r, syms);
}

/* ---- JSON ---- */

static void set(json_t *o, const char *key, json_t *value)
{
	if (json_object_set_new(o, key, value))
		errx(EXIT_FAILURE, "writing JSON: out of memory");
}

/* Ids: 0 is none. */
static json_t *id(uint64_t n)
{
	return n ? json_integer(n) : json_null();
}

static json_t *stack(const __u64 *addr, uint32_t depth, const struct ksyms *syms)
{
	json_t *a = json_array();
	char name[FUNCTION_MAX];
	uint32_t i;

	for (i = 0; i < depth && i < RACE_STACK; i++)
		if (!is_ours(ksyms_name(syms, addr[i], name, sizeof(name))))
			json_array_append_new(a, json_string(name));
	return a;
}

static json_t *soft_json(const struct race_soft *s, const struct ksyms *syms)
{
	json_t *o;

	if (!s->time_ns)
		return json_null();
	o = json_object();
	set(o, "time_monotonic_ns", json_integer(s->time_ns));
	set(o, "cpu", json_integer(s->cpu));
	set(o, "napi_id", id(s->napi));
	set(o, "tid", json_integer(s->pid));
	set(o, "comm", json_string(s->comm));
	set(o, "stack", stack(s->stack, s->stack_depth, syms));
	return o;
}

static json_t *rtnl_json(const struct race_rtnl *s, const struct ksyms *syms)
{
	json_t *o;

	if (!s->time_ns)
		return json_null();
	o = json_object();
	set(o, "time_monotonic_ns", json_integer(s->time_ns));
	set(o, "begin_monotonic_ns", id(s->begin_ns));
	set(o, "pid", json_integer(s->pid));
	set(o, "tid", json_integer(s->tid));
	set(o, "comm", json_string(s->comm));
	set(o, "phase", json_string(race_phase_name(s->phase)));
	set(o, "errno", json_integer(-s->err));
	set(o, "old_binding_id", id(s->old_binding));
	set(o, "new_binding_id", id(s->new_binding));
	set(o, "stack", stack(s->stack, s->stack_depth, syms));
	return o;
}

static void print_line(FILE *out, json_t *o)
{
	if (!o || json_dumpf(o, out, JSON_COMPACT))
		errx(EXIT_FAILURE, "writing JSON failed");
	fputc('\n', out);
	json_decref(o);
}

void race_print_json(FILE *out, const struct race_report *r, const char *ifname,
		     const struct held *held, const struct ksyms *syms)
{
	const char *detail = race_detail_name(r->detail);
	json_t *o = json_object();
	char text[320];
	int64_t ns;

	set(o, "type", json_string("race"));
	set(o, "code", json_string(race_code_name(r->code)));
	set(o, "detail", detail ? json_string(detail) : json_null());
	set(o, "summary", json_string(race_summary(r, held, text, sizeof(text))));
	set(o, "time_monotonic_ns", json_integer(r->time_ns));
	set(o, "nth_count", json_integer(r->nth));
	set(o, "suppressed_count", json_integer(r->suppressed));
	set(o, "ifname", ifname ? json_string(ifname) : json_null());
	set(o, "ifindex", json_integer(r->queue.ifindex));
	set(o, "netns_id", json_integer(r->queue.netns));
	set(o, "queue_id",
	    r->queue.queue == RACE_NO_QUEUE ? json_null() : json_integer(r->queue.queue));
	set(o, "binding_id", id(r->binding));
	set(o, "queue_binding_id", id(r->queue_binding));
	set(o, "pool_id", id(r->pool));
	set(o, "other_pool_id", id(r->other_pool));
	set(o, "other_napi_id", id(r->other_napi));
	set(o, "other_cpu", r->other_ns ? json_integer(r->other_cpu) : json_null());
	set(o, "other_time_monotonic_ns", id(r->other_ns));
	snprintf(text, sizeof(text), "0x%" PRIx64, (uint64_t)r->niov);
	set(o, "niov", r->niov ? json_string(text) : json_null());
	set(o, "errno", json_integer(-r->err));
	set(o, "age_ns", id(r->age_ns));
	set(o, "outstanding_niovs", id(r->outstanding));
	set(o, "held_by", held_json(held));
	set(o, "between_ns", between(r, &ns) ? json_integer(ns) : json_null());
	set(o, "softirq", soft_json(&r->soft, syms));
	set(o, "rtnl", rtnl_json(&r->rtnl, syms));
	print_line(out, o);
}

/* ---- the end ---- */

static void totals_json(FILE *out, const struct races_totals *t)
{
	json_t *o = json_object(), *codes = json_object();
	unsigned int i;

	for (i = 0; i < RACE_CODES; i++)
		set(codes, race_code_name(i), json_integer(t->seen[i]));
	set(o, "type", json_string("totals"));
	set(o, "races_count", json_integer(t->all));
	set(o, "by_code", codes);
	set(o, "limited_count", json_integer(t->limited));
	set(o, "lost_count", json_integer(t->lost));
	set(o, "recursion_missed_count", json_integer(t->missed));
	set(o, "table_full_count", json_integer(t->full));
	print_line(out, o);
}

void race_print_totals(FILE *out, const struct races_totals *t, bool json)
{
	unsigned int i;

	if (json) {
		totals_json(out, t);
		return;
	}
	fprintf(out, "races=%" PRIu64, t->all);
	for (i = 0; i < RACE_CODES; i++)
		if (t->seen[i])
			fprintf(out, " %s=%" PRIu64, race_code_name(i), t->seen[i]);
	fprintf(out, " (not shown: %" PRIu64 " too many at once, %" PRIu64 " ring full; ",
		t->limited, t->lost);
	fprintf(out, "not judged: %" PRIu64 " missed, %" PRIu64 " table full)\n", t->missed,
		t->full);
}
