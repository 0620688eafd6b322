// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The table of facts and sources, and the choice among them on the running kernel.
 */
#include "probes/facts.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "probes/libbpf_util.h"
#include "probes/programs_parts.h"

#define MAX_PROGRAMS 96

/* One source of a fact. */
struct origin {
	enum via via;
	const char *programs; /* of bpf/devmem_trace.bpf.c; '?': a kernel may lack what it is for */
	const char *from;
	const char *limits; /* what is worse than with the source above it; NULL: nothing */
};

struct row {
	const char *name;
	const char *gives; /* columns, as in docs/devmemtop.md */
	struct origin sources[SOURCE_RANKS];
};

#define DESTROYED "of sockets seen reading only; those of one that closes are all counted"

static const struct row rows[FACTS] = {
	[FACT_BIND] = { "binds",
			"who bound what and when; events",
			{ { VIA_EVENTS, "on_bind on_queue_bind", "devmem_bind, devmem_queue_bind",
			    NULL },
			  { VIA_FENTRY, "f_bind f_bind_queue f_bind_queue_end",
			    "net_devmem_bind_dmabuf(), net_devmem_bind_dmabuf_to_queue()", NULL },
			  { VIA_KPROBES, "k_bind k_bind_end k_bind_queue k_bind_queue_end",
			    "net_devmem_bind_dmabuf(), net_devmem_bind_dmabuf_to_queue()",
			    NULL } } },
	[FACT_UNBIND] = { "unbinds",
			  "since when a binding is given up; events",
			  { { VIA_EVENTS, "on_unbind on_queue_unbind",
			      "devmem_unbind, devmem_queue_unbind", NULL },
			    { VIA_FENTRY, "f_unbind f_unbind_end", "net_devmem_unbind_dmabuf()",
			      NULL },
			    { VIA_KPROBES, "k_unbind k_unbind_end", "net_devmem_unbind_dmabuf()",
			      NULL } } },
	[FACT_BINDING_FREE] = { "binding-free",
				"when the last user of a binding is gone; events",
				{ { VIA_EVENTS, "on_binding_free", "devmem_binding_free", NULL },
				  { VIA_FENTRY, "f_free", "__net_devmem_dmabuf_binding_free()",
				    NULL },
				  { VIA_KPROBES, "k_free", "__net_devmem_dmabuf_binding_free()",
				    NULL } } },
	[FACT_RESTART] = { "restarts",
			   "RST, STATE restart and failed; how long a restart took",
			   { { VIA_EVENTS, "on_restart_begin on_restart_end",
			       "devmem_restart_begin, devmem_restart_end", NULL },
			     { VIA_FENTRY, "f_restart f_restart_end ?f_reconfig ?f_reconfig_end",
			       "netdev_rx_queue_restart(), netdev_rx_queue_reconfig()", NULL },
			     { VIA_KPROBES, "k_restart k_restart_end ?k_reconfig ?k_reconfig_end",
			       "netdev_rx_queue_restart(), netdev_rx_queue_reconfig()", NULL } } },
	[FACT_DOWN] = { "down-time",
			"DOWN, STATE dead; the phases of a restart",
			{ { VIA_EVENTS,
			    "on_restart_mem_alloc on_restart_stop on_restart_start on_restart_rollback",
			    "devmem_restart_stop, devmem_restart_start and others", NULL },
			  { VIA_FENTRY,
			    "f_napi_disable f_napi_enable ?f_napi_disable_l ?f_napi_enable_l",
			    "napi_disable(), napi_enable() within a restart",
			    "only of drivers that stop a queue's NAPI" },
			  { VIA_KPROBES,
			    "k_napi_disable k_napi_disable_end k_napi_enable "
			    "?k_napi_disable_l ?k_napi_disable_l_end ?k_napi_enable_l",
			    "napi_disable(), napi_enable() within a restart",
			    "only of drivers that stop a queue's NAPI" } } },
	[FACT_ALLOC] = { "allocs",
			 "ALLOC/s; how long net_iovs are out",
			 { { VIA_EVENTS, "on_niov_alloc", "devmem_niov_alloc", NULL },
			   { VIA_FENTRY, "on_provider_entry on_provider_exit",
			     "mp_dmabuf_devmem_alloc_netmems()", NULL },
			   { VIA_PAGE_POOL, "p_niov_alloc", "page_pool_state_hold",
			     "a program runs for host pages, too" } } },
	[FACT_RETURN] = { "frees",
			  "FREE/s; how long net_iovs are out",
			  { { VIA_EVENTS, "on_niov_free", "devmem_niov_free", NULL },
			    { VIA_FENTRY, "f_niov_free", "mp_dmabuf_devmem_release_page()", NULL },
			    { VIA_PAGE_POOL, "p_niov_free", "page_pool_state_release",
			      "a program runs for host pages, too" } } },
	[FACT_FAIL] = { "fails",
			"FAIL/s, since when a queue is starved",
			{ { VIA_EVENTS, "on_niov_alloc_fail", "devmem_niov_alloc_fail", NULL },
			  { VIA_FENTRY, "on_provider_entry on_provider_exit",
			    "mp_dmabuf_devmem_alloc_netmems()", NULL } } },
	[FACT_PROVIDER_TIME] = { "provider-time",
				 "how long an allocation from the binding takes",
				 { { VIA_FENTRY, "on_provider_entry on_provider_exit",
				     "mp_dmabuf_devmem_alloc_netmems()", NULL } } },
	[FACT_TOKEN_GET] = { "token-gets",
			     "TOKEN/s",
			     { { VIA_EVENTS, "on_token_get", "devmem_token_get", NULL },
			       { VIA_FENTRY, "f_recv f_token_get",
				 "tcp_recvmsg_dmabuf(), put_cmsg_notrunc()", NULL },
			       { VIA_FENTRY, "f_recv f_token_get_old",
				 "tcp_recvmsg_dmabuf(), put_cmsg()", NULL } } },
	[FACT_TOKEN_PUT] = { "token-puts",
			     "tokens given back",
			     { { VIA_EVENTS, "on_token_put", "devmem_token_put", NULL },
			       { VIA_FENTRY, "f_recv f_token_put f_token_destroy",
				 "sock_devmem_dontneed(), tcp_v4_destroy_sock()", DESTROYED } } },
	[FACT_TOKEN_AGE] = { "token-age",
			     "OLDEST",
			     { { VIA_EVENTS, "on_token_get", "devmem_token_get", NULL },
			       { VIA_FENTRY, "f_recv", "tcp_recvmsg_dmabuf()", NULL } } },
	[FACT_QUEUES] = { "bound-queues",
			  "the queues and what they are bound to",
			  { { VIA_NETLINK, NULL, "queue-get", NULL } } },
	[FACT_POOLS] = { "pools",
			 "OUT, HELD, POOL, CACHE, RING, the queue of each pool",
			 { { VIA_WALK, NULL, "struct page_pool", NULL },
			   { VIA_NETLINK, NULL, "page-pool-get",
			     "no CACHE and RING; the queue is guessed by its NAPI" } } },
	[FACT_LEFT] = { "left",
			"DMABUF, FREE",
			{ { VIA_WALK, NULL, "the binding's free list or gen_pool", NULL } } },
	[FACT_PLACES] = { "places",
			  "WHERE, USER, SOCKET, POSTED; who holds buffers",
			  { { VIA_SOCKETS, NULL, "the sockets' queues and tokens", NULL } } },
	[FACT_IO_URING] = { "io_uring",
			    "the pools of io_uring's zero-copy receive and what is left of its area",
			    { { VIA_WALK, NULL, "struct io_zcrx_ifq", NULL } } },
	[FACT_RECYCLED] = { "recycled",
			    "RECYC/s",
			    { { VIA_NETLINK, NULL, "page-pool-stats-get", NULL } } },
	[FACT_RECEIVED] = { "received",
			    "RX/s, RX, DROP/s",
			    { { VIA_NETLINK, NULL, "qstats-get", NULL } } },
};

static const char *const via_names[VIAS] = {
	[VIA_EVENTS] = "trace events", [VIA_FENTRY] = "fentry",
	[VIA_KPROBES] = "kprobes",     [VIA_PAGE_POOL] = "page_pool events",
	[VIA_WALK] = "BPF walk",       [VIA_SOCKETS] = "BPF iterator",
	[VIA_NETLINK] = "netlink",
};

/* ---- what the kernel has ---- */

/* A program, and whether the kernel has what it is to be attached to. */
struct program {
	struct bpf_program *prog;
	const char *name;
	char target[64]; /* as the BTF names it */
	bool is_typedef;
	bool is_kprobe;
	bool found;
	bool has_symbol; /* a function in /proc/kallsyms under exactly this name */
	bool has_other;	 /* or under one of facts_symbol() */
	bool refused;
	bool wanted;
};

struct candidates {
	struct program p[MAX_PROGRAMS];
	size_t num;
	bool own; /* this project's devmem.c: other functions do some things than upstream's */
	bool one_by_one;   /* a call of the provider takes one net_iov */
	bool restarts;	   /* somebody tells of restarts */
	bool has_reconfig; /* 7.0: netdev_rx_queue_reconfig() restarts queues, too */
	int fentry;	   /* negative errno of a program for fentry, 0: it can be used */
	bool no_kprobes;
	bool has_symbols; /* they were looked for */
};

/* One pass, too; at first need. */
static void find_symbols(struct candidates *all)
{
	char line[256], name[128];
	bool first[256] = { false };
	size_t i;
	FILE *f;

	if (all->has_symbols)
		return;
	all->has_symbols = true;
	f = fopen("/proc/kallsyms", "re");
	if (!f)
		return;
	for (i = 0; i < all->num; i++)
		first[(unsigned char)all->p[i].target[0]] = true;
	while (fgets(line, sizeof(line), f)) {
		const char *at = strchr(line, ' ');

		if (!at || strlen(at) < 4 || !first[(unsigned char)at[3]] ||
		    sscanf(at, " %*c %127s", name) != 1)
			continue;
		for (i = 0; i < all->num; i++) {
			struct program *p = &all->p[i];

			if (!facts_is_symbol(name, p->target))
				continue;
			if (strcmp(name, p->target))
				p->has_other = true;
			else
				p->has_symbol = true;
		}
	}
	fclose(f);
}

static bool has_kprobes(void)
{
	return !access("/sys/bus/event_source/devices/kprobe/type", R_OK);
}

static void add_program(struct candidates *all, struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);
	const char *target = strchr(section, '/');
	struct program *p = &all->p[all->num];

	if (!target || programs_part(bpf_program__name(prog)) != SOURCE_EVENTS ||
	    all->num == MAX_PROGRAMS)
		return;
	p->prog = prog;
	p->name = bpf_program__name(prog);
	p->is_typedef = !strncmp(section, "tp_btf/", 7);
	p->is_kprobe = !strncmp(section, "k", 1);
	snprintf(p->target, sizeof(p->target), "%s%s", p->is_typedef ? "btf_trace_" : "",
		 target + 1);
	all->num++;
}

/* One pass: a look-up by name would go through all types each time. */
static void find_targets(struct candidates *all, const struct btf *btf)
{
	uint32_t id, num = btf__type_cnt(btf);
	bool first[256] = { false };
	size_t i;

	for (i = 0; i < all->num; i++)
		first[(unsigned char)all->p[i].target[0]] = true;
	for (id = 1; id < num; id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		bool is_typedef = btf_is_typedef(t);
		const char *name;

		if (!is_typedef && !btf_is_func(t))
			continue;
		name = btf__name_by_offset(btf, t->name_off);
		if (!first[(unsigned char)name[0]])
			continue;
		for (i = 0; i < all->num; i++)
			if (all->p[i].is_typedef == is_typedef && !strcmp(all->p[i].target, name)) {
				all->p[i].found = true;
			}
	}
}

static struct program *find_program(struct candidates *all, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < all->num; i++)
		if (strlen(all->p[i].name) == len && !strncmp(all->p[i].name, name, len))
			return &all->p[i];
	return NULL;
}

/* ---- the choice ---- */

/* A kprobe goes by the symbol: not every function in use is in the BTF. */
static bool can_attach(struct candidates *all, const struct program *p)
{
	if (p->refused)
		return false;
	if (!p->is_kprobe)
		return p->found;
	find_symbols(all);
	return p->has_symbol || p->has_other;
}

/*
 * Go through the programs of a source. Returns NULL when the kernel has what they need, else the
 * first that cannot be used. @want: load them.
 */
static const struct program *go_through(struct candidates *all, const char *list, bool want)
{
	const char *name = list, *end;

	for (; *name; name = *end ? end + 1 : end) {
		bool optional = *name == '?';
		struct program *p;

		name += optional;
		end = strchrnul(name, ' ');
		p = find_program(all, name, end - name);
		assert(p); /* the table names programs of the object only */
		if (can_attach(all, p))
			p->wanted |= want;
		else if (!optional || p->refused)
			return p;
	}
	return NULL;
}

/* Restarts of queues, without which their phases cannot be told either. */
static bool is_of_restarts(enum fact fact)
{
	return fact == FACT_RESTART || fact == FACT_DOWN;
}

#define RECONFIG_FENTRY	 "f_reconfig f_reconfig_end"
#define RECONFIG_KPROBES "k_reconfig k_reconfig_end"

/* Can a source be used? Says in @why if it cannot. */
static bool can_use(struct candidates *all, enum fact fact, const struct origin *src,
		    unsigned int vias, char *why, size_t size)
{
	const struct program *lacks;

	if (src->via == VIA_KPROBES && all->no_kprobes) {
		snprintf(why, size, "this kernel has no kprobes");
		return false;
	}
	if (src->via == VIA_FENTRY && all->fentry) {
		snprintf(why, size, "fentry does not work here: %s", strerror(-all->fentry));
		return false;
	}
	if (!(vias & 1U << src->via)) {
		snprintf(why, size, "%s: not used", via_names[src->via]);
		return false;
	}
	lacks = go_through(all, src->programs, false);
	if (lacks && lacks->refused) {
		snprintf(why, size, "this kernel refuses the program %s", lacks->name);
		return false;
	}
	if (lacks && lacks->is_typedef) {
		snprintf(why, size, "this kernel has no trace event %s",
			 lacks->target + strlen("btf_trace_"));
		return false;
	}
	if (lacks) {
		snprintf(why, size, "this kernel has no function %s()", lacks->target);
		return false;
	}
	if (!all->one_by_one && src->via == VIA_FENTRY && fact == FACT_ALLOC) {
		snprintf(why, size, "one call takes several net_iovs on this kernel");
		return false;
	}
	if (!all->restarts && src->via != VIA_EVENTS && fact == FACT_DOWN) {
		snprintf(why, size, "restarts are not known");
		return false;
	}
	if (all->own && src->via != VIA_EVENTS && is_of_restarts(fact)) {
		snprintf(why, size, "this kernel switches queues by another function");
		return false;
	}
	if (all->has_reconfig && src->via != VIA_EVENTS && is_of_restarts(fact) &&
	    go_through(all, src->via == VIA_FENTRY ? RECONFIG_FENTRY : RECONFIG_KPROBES, false)) {
		snprintf(why, size, "this kernel has no function netdev_rx_queue_reconfig()");
		return false;
	}
	return true;
}

bool facts_choose(struct facts *s, struct bpf_object *obj, const struct btf *btf, unsigned int vias,
		  const struct bpf_refused *refused)
{
	struct candidates *all = calloc(1, sizeof(*all));
	struct bpf_program *prog;
	bool any = false;
	size_t i;
	int fact, rank;

	facts_none(s, "");
	if (!all)
		return false;
	bpf_object__for_each_program(prog, obj) add_program(all, prog);
	find_targets(all, btf);
	all->own = facts_has_member(btf, "net_devmem_dmabuf_binding", "outstanding");
	all->no_kprobes = !has_kprobes();
	if (vias & 1U << VIA_FENTRY)
		all->fentry = facts_try_fentry(btf);
	all->one_by_one = facts_has_member(btf, "net_devmem_dmabuf_binding", "chunk_pool");
	all->has_reconfig = btf__find_by_name_kind(btf, "netdev_queue_config", BTF_KIND_STRUCT) > 0;
	for (i = 0; i < all->num; i++)
		all->p[i].refused = libbpf_util_is_refused(refused, all->p[i].name);
	/* After a refusal: fentry needs the function under its own name. */
	if (refused && refused->num) {
		find_symbols(all);
		for (i = 0; i < all->num; i++)
			if (!all->p[i].is_kprobe && !all->p[i].is_typedef)
				all->p[i].found &= all->p[i].has_symbol;
	}
	for (fact = 0; fact < FACT_TRACED; fact++) {
		for (rank = 0; rank < SOURCE_RANKS && rows[fact].sources[rank].from; rank++) {
			const struct origin *src = &rows[fact].sources[rank];

			if (!can_use(all, fact, src, vias, s->why[fact][rank],
				     sizeof(s->why[fact][rank])))
				continue;
			s->rank[fact] = rank;
			all->restarts |= fact == FACT_RESTART;
			go_through(all, src->programs, true);
			any = true;
			break;
		}
	}
	for (i = 0; i < all->num; i++)
		bpf_program__set_autoload(all->p[i].prog, all->p[i].wanted);
	free(all);
	return any;
}

void facts_use(struct facts *s, enum fact fact, enum via via, const char *why)
{
	int rank;

	for (rank = 0; rank < SOURCE_RANKS && rows[fact].sources[rank].from; rank++) {
		if (rows[fact].sources[rank].via != via)
			continue;
		snprintf(s->why[fact][rank], sizeof(s->why[fact][rank]), "%s", why ? why : "");
		if (!why && (s->rank[fact] < 0 || s->rank[fact] > rank))
			s->rank[fact] = rank;
		else if (why && s->rank[fact] == rank)
			s->rank[fact] = -1;
	}
}

enum via facts_via(const struct facts *s, enum fact fact)
{
	return s->rank[fact] < 0 ? VIAS : rows[fact].sources[s->rank[fact]].via;
}

void facts_none(struct facts *s, const char *why)
{
	int fact, rank;

	s->todo[0] = '\0';
	for (fact = 0; fact < FACTS; fact++) {
		s->rank[fact] = -1;
		for (rank = 0; rank < SOURCE_RANKS; rank++)
			snprintf(s->why[fact][rank], sizeof(s->why[fact][rank]), "%s", why);
	}
}

void facts_unknown(const struct facts *s, char *text, size_t size)
{
	size_t len = 0;
	int fact;

	text[0] = '\0';
	for (fact = 0; fact < FACT_TRACED && len < size; fact++)
		/* Times are a bonus: what they are of is known. */
		if (s->rank[fact] < 0 && fact != FACT_TOKEN_AGE && fact != FACT_PROVIDER_TIME)
			len += snprintf(text + len, size - len, "%s%s", len ? ", " : "",
					rows[fact].name);
}

unsigned int facts_without(void)
{
	static const char *const words[VIAS] = {
		[VIA_EVENTS] = "events",
		[VIA_FENTRY] = "fentry",
		[VIA_KPROBES] = "kprobes",
		[VIA_PAGE_POOL] = "page_pool",
	};
	const char *without = getenv("DEVMEMTOP_WITHOUT");
	unsigned int vias = VIA_ALL;
	int via;

	for (via = 0; without && via < VIAS; via++) {
		size_t len = words[via] ? strlen(words[via]) : 0;
		const char *at = without;

		for (; len && (at = strstr(at, words[via])); at += len)
			if ((at == without || at[-1] == ',') && (!at[len] || at[len] == ','))
				vias &= ~(1U << via);
	}
	return vias;
}

/* ---- printing ---- */

/* What to do about it, so that this source can be used. */
static const char *remedy(enum via via)
{
	switch (via) {
	case VIA_EVENTS:
		return "a kernel with the devmem trace events: docs/building.md";
	case VIA_FENTRY:
		return "Linux 6.12 or later with CONFIG_DEBUG_INFO_BTF=y and CONFIG_FUNCTION_TRACER=y";
	case VIA_KPROBES:
		return "a kernel with CONFIG_KPROBES=y";
	case VIA_NETLINK:
		return "Linux 6.12 or later with CONFIG_PAGE_POOL_STATS=y";
	default:
		return "Linux 6.12 or later with CONFIG_DEBUG_INFO_BTF=y, as root";
	}
}

static void print_missing(const struct facts *s, int fact, FILE *f)
{
	const struct row *row = &rows[fact];
	int rank;

	for (rank = 0; rank < SOURCE_RANKS && row->sources[rank].from; rank++)
		/* One reason for all of them is said once. */
		if (!rank || strcmp(s->why[fact][rank], s->why[fact][rank - 1]))
			fprintf(f, "%s%s", rank ? "; " : "     why: ", s->why[fact][rank]);
	if (s->todo[0])
		fprintf(f, "\n     do:  %s\n", s->todo);
	else
		fprintf(f, "\n     do:  take %s\n", remedy(row->sources[0].via));
}

bool facts_print(const struct facts *s, FILE *f)
{
	bool all = true;
	int fact;

	for (fact = 0; fact < FACTS; fact++) {
		const struct row *row = &rows[fact];
		int have = s->rank[fact];

		fprintf(f, "%-4s %-13s %s\n", have < 0 ? "NO" : "ok", row->name, row->gives);
		if (have >= 0) {
			const struct origin *src = &row->sources[have];

			fprintf(f, "     from: %s: %s%s%s\n", via_names[src->via], src->from,
				src->limits ? "; " : "", src->limits ? src->limits : "");
		} else {
			all = false;
		}
		/* Of the sources that would be better, the best. */
		if (have < 0)
			print_missing(s, fact, f);
		else if (have)
			fprintf(f, "     better: %s (%s): take %s\n",
				via_names[row->sources[0].via], s->why[fact][0],
				remedy(row->sources[0].via));
	}
	return all;
}

void facts_print_table(FILE *f)
{
	int fact, rank;

	fprintf(f, "| Fact | It gives | From, best first |\n|---|---|---|\n");
	for (fact = 0; fact < FACTS; fact++) {
		fprintf(f, "| `%s` | %s | ", rows[fact].name, rows[fact].gives);
		for (rank = 0; rank < SOURCE_RANKS && rows[fact].sources[rank].from; rank++) {
			const struct origin *src = &rows[fact].sources[rank];

			fprintf(f, "%s%s: `%s`%s%s%s", rank ? "<br>" : "", via_names[src->via],
				src->from, src->limits ? " (" : "", src->limits ? src->limits : "",
				src->limits ? ")" : "");
		}
		fprintf(f, " |\n");
	}
}
