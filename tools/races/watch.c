// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Loading the race detectors, taking their reports, reading their counts. A detector whose event
 * or function this kernel does not have is left out, and that is said; what each race needs is in
 * codes.c.
 */
#include "races/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "probes/libbpf_util.h"
#include "devmem_races.skel.h"
#include "lib/netdev_genl.h"
#include "lib/ksyms.h"
#include "races/codes.h"
#include "probes/facts.h"
#include "lib/uapi_netdev.h"

/* How many net_iovs --frees follows. */
#define MAX_NIOVS (1 << 20)

struct races {
	struct devmem_races_bpf *skel;
	struct ring_buffer *ring;
	struct races_options opt;
	races_report_fn fn;
	void *arg;
	int cpus;
	uint64_t lock;	      /* address of the mutex that protects queues, 0: not known */
	bool has_rtnl;	      /* one mutex for all devices */
	bool has_own;	      /* each device has its own mutex */
	bool mutex_has_owner; /* a mutex says which task has it */
	unsigned int vias;    /* bits by enum via that may be used */
	struct facts from;
	bool watched[RACE_CODES];
	char why[RACE_CODES][FACT_WHY]; /* why not, "": it is */
};

/* Why the lock that protects queues is not known, NULL: it is known. */
static const char *no_lock(const struct races *r)
{
	if (r->lock)
		return NULL;
	if (!r->mutex_has_owner)
		return "here a mutex does not say who has it (PREEMPT_RT)";
	if (r->has_rtnl)
		return "/proc/kallsyms does not show where rtnl_mutex is";
	/* Only probes get the device, so trace events cannot find its lock. */
	if (!r->has_own || facts_via(&r->from, FACT_SEEN_RESTARTS) != VIA_FENTRY)
		return "each device has a lock that is not known: --lock names one";
	return NULL;
}

/* Chooses the programs that can run here, and notes the codes that this leaves out. */
static void choose(struct races *r, const struct btf *btf, const struct bpf_refused *refused)
{
	unsigned int code;

	facts_choose_watched(&r->from, r->skel->obj, btf, r->vias, refused, r->opt.follow_frees);
	facts_use(&r->from, FACT_SEEN_LOCK, VIA_LOCK, no_lock(r));
	for (code = 0; code < RACE_CODES; code++)
		r->watched[code] = facts_can_see(&r->from, race_code_needs(code), r->why[code],
						 sizeof(r->why[code]));
	r->skel->rodata->has_restarts = facts_via(&r->from, FACT_SEEN_RESTARTS) != VIAS;
	r->skel->rodata->by_probes = facts_via(&r->from, FACT_SEEN_RESTARTS) == VIA_FENTRY;
}

static void say_unwatched(const struct races *r, char *text, size_t size)
{
	size_t len = 0, i;

	for (i = 0; i < RACE_CODES && len < size; i++)
		if (!r->watched[i])
			len += snprintf(text + len, size - len, "%s%s",
					len ? ", " : "this kernel cannot be watched for ",
					race_code_name(i));
}

static bool watches_none(const struct races *r)
{
	size_t i;

	for (i = 0; i < RACE_CODES; i++)
		if (r->watched[i])
			return false;
	return true;
}

static int on_report(void *ctx, void *data, size_t size)
{
	struct races *r = ctx;

	if (r->fn && size >= sizeof(struct race_report))
		r->fn(data, r->arg);
	return 0;
}

/* Programs for ends go first, so that every begin that is seen also has its end seen. */
static int attach(struct devmem_races_bpf *skel)
{
	const struct {
		const struct bpf_program *prog;
		struct bpf_link **link;
	} first[] = {
		{ skel->progs.on_poll_done, &skel->links.on_poll_done },
		{ skel->progs.on_restart_end, &skel->links.on_restart_end },
		{ skel->progs.s_restart_end, &skel->links.s_restart_end },
	};
	size_t i;

	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		if (!bpf_program__autoload(first[i].prog))
			continue;
		*first[i].link = bpf_program__attach(first[i].prog);
		if (!*first[i].link)
			return -errno;
	}
	return devmem_races_bpf__attach(skel);
}

static int ignore(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	(void)cmd;
	(void)tb;
	(void)data;
	return 0;
}

/*
 * Waits until all restarts whose begin could not be seen have ended: a restart holds a lock, and
 * listing the queues takes the same lock. From 6.15 on each device has its own lock, and devices of
 * other namespaces are not listed.
 */
static void arm(struct devmem_races_bpf *skel)
{
	struct netdev_genl *ng = netdev_genl_open(NULL);

	if (ng)
		netdev_genl_dump(ng, ND_CMD_QUEUE_GET, NULL, 0, ignore, NULL, NULL);
	netdev_genl_close(ng);
	skel->bss->armed = 1;
}

static int load(struct races *r)
{
	struct devmem_races_bpf *skel = r->skel;
	int ret;

	if (r->opt.follow_frees)
		bpf_map__set_max_entries(skel->maps.niov_places, MAX_NIOVS);
	ret = devmem_races_bpf__load(skel);
	if (!ret)
		ret = attach(skel);
	if (ret)
		return ret;
	if (skel->rodata->has_restarts)
		arm(skel);
	r->ring = ring_buffer__new(bpf_map__fd(skel->maps.reports), on_report, r, NULL);
	return r->ring ? 0 : -errno;
}

/*
 * Frees @btf: libbpf reads its own copy, and one copy at a time is enough memory. Returns -EAGAIN
 * when
 * @refused has one more program, and a try without it may work.
 */
static int try_load(struct races *r, struct btf *btf, struct bpf_refused *refused)
{
	int ret;

	r->skel = devmem_races_bpf__open_opts(libbpf_util_options());
	if (!r->skel) {
		btf__free(btf);
		return -errno;
	}
	r->skel->rodata->page_size = sysconf(_SC_PAGESIZE);
	r->skel->rodata->config_lock = r->lock;
	choose(r, btf, refused);
	btf__free(btf);
	ret = load(r);
	if (!ret)
		return 0;
	devmem_races_bpf__destroy(r->skel);
	r->skel = NULL;
	return libbpf_util_add_refused(refused, NULL) ? -EAGAIN : ret;
}

/*
 * Finds the lock that protects the configuration of queues. Returns 0, or -1 with the reason when
 * the wanted lock cannot be used. From 6.15 on each device has its own lock, which the programs
 * find through the device. https://docs.kernel.org/networking/netdevices.html
 */
static int find_lock(struct races *r, const struct btf *btf, char *text, size_t size)
{
	r->has_rtnl = !facts_has_member(btf, "net_device", "request_ops_lock");
	r->has_own = !r->has_rtnl && facts_has_member(btf, "net_device", "lock");
	r->mutex_has_owner = facts_has_member(btf, "mutex", "owner");
	if (!r->mutex_has_owner) {
		if (r->opt.lock)
			snprintf(text, size,
				 "--lock: here a mutex does not say who has it (PREEMPT_RT)");
		return r->opt.lock ? -1 : 0;
	}
	if (r->opt.lock || r->has_rtnl)
		r->lock = ksyms_address(r->opt.lock ? r->opt.lock : "rtnl_mutex");
	if (r->opt.lock && !r->lock) {
		snprintf(text, size, "no mutex '%s' in /proc/kallsyms: check its name",
			 r->opt.lock);
		return -1;
	}
	return 0;
}

static struct races *open_races(const struct races_options *opt, char *text, size_t size)
{
	static const struct races_options defaults = {
		.held_ns = RACES_HELD_NS,
		.stuck_ns = RACES_STUCK_NS,
	};
	struct bpf_refused refused = { .num = 0 };
	struct races *r;
	struct btf *btf;
	int ret;

	text[0] = '\0';
	btf = libbpf_util_btf(text, size);
	if (!btf)
		return NULL;
	if (!facts_has_devmem(btf)) {
		snprintf(
			text, size,
			"this kernel has no devmem TCP: take Linux 6.12 or later with CONFIG_NET_DEVMEM=y");
		btf__free(btf);
		return NULL;
	}
	r = calloc(1, sizeof(*r));
	if (!r) {
		snprintf(text, size, "starting: out of memory");
		btf__free(btf);
		return NULL;
	}
	r->opt = opt ? *opt : defaults;
	r->cpus = libbpf_num_possible_cpus();
	if (find_lock(r, btf, text, size))
		goto fail;
	r->vias = VIA_ALL;
	do {
		ret = try_load(r, btf, &refused);
		btf = NULL;
		if (!ret || ret == -EAGAIN || !(r->vias & 1U << VIA_FENTRY))
			continue;
		/* If no single program is the cause, all of this kind are. */
		r->vias &= ~(1U << VIA_FENTRY);
		ret = -EAGAIN;
	} while (ret == -EAGAIN && (btf = libbpf_util_btf(text, size)));
	if (ret) {
		libbpf_util_explain(text, size, "the race detectors", ret);
		goto fail;
	}
	if (watches_none(r)) {
		snprintf(
			text, size,
			"no race can be watched for (%s): take Linux 6.12 or later with CONFIG_FUNCTION_TRACER=y",
			r->why[0]);
		goto fail;
	}
	say_unwatched(r, text, size);
	return r;

fail:
	btf__free(btf);
	races_close(r);
	return NULL;
}

struct races *races_open(const struct races_options *opt, char *text, size_t size)
{
	struct races *r;

	libbpf_util_quiet();
	libbpf_util_begin();
	r = open_races(opt, text, size);
	libbpf_util_end();
	return r;
}

void races_close(struct races *r)
{
	if (!r)
		return;
	ring_buffer__free(r->ring);
	devmem_races_bpf__destroy(r->skel);
	free(r);
}

int races_fd(const struct races *r)
{
	return ring_buffer__epoll_fd(r->ring);
}

void races_take(struct races *r, races_report_fn fn, void *arg)
{
	r->fn = fn;
	r->arg = arg;
	ring_buffer__consume(r->ring);
}

/* Checks the restarts, or one binding. */
static void check_age(struct races *r, uint32_t binding)
{
	struct race_ages ages = {
		.held_ns = r->opt.held_ns,
		.stuck_ns = r->opt.stuck_ns,
		.binding = binding,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = &ages, .ctx_size_in = sizeof(ages));

	bpf_prog_test_run_opts(bpf_program__fd(r->skel->progs.check_ages), &opts);
}

void races_check_ages(struct races *r)
{
	int fd = bpf_map__fd(r->skel->maps.bindings);
	__u32 id, next;
	int ret;

	if (r->skel->rodata->has_restarts)
		check_age(r, 0);
	for (ret = bpf_map_get_next_key(fd, NULL, &next); !ret;
	     ret = bpf_map_get_next_key(fd, &id, &next)) {
		id = next;
		check_age(r, id);
	}
}

void races_read(const struct races *r, struct races_totals *totals)
{
	struct race_count *count = calloc(r->cpus, sizeof(*count));
	int fd = bpf_map__fd(r->skel->maps.race_counts), cpu;
	__u32 code;

	memset(totals, 0, sizeof(*totals));
	for (code = 0; count && code < RACE_CODES; code++) {
		if (bpf_map_lookup_elem(fd, &code, count))
			continue;
		for (cpu = 0; cpu < r->cpus; cpu++) {
			totals->seen[code] += count[cpu].seen;
			totals->limited += count[cpu].limited;
			totals->lost += count[cpu].lost;
		}
		totals->all += totals->seen[code];
	}
	free(count);
	totals->missed = libbpf_util_missed(r->skel->obj);
	totals->full = r->skel->bss->tables_full;
}

bool races_watches(const struct races *r, unsigned int code)
{
	return code < RACE_CODES && r->watched[code];
}

const char *races_why(const struct races *r, unsigned int code)
{
	return code < RACE_CODES ? r->why[code] : "";
}

struct bpf_object *races_object(const struct races *r)
{
	return r->skel->obj;
}
