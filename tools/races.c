// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Loading the race detectors, taking their reports, reading their counts. A detector whose event
 * or function this kernel does not have is left out, and that is said.
 */
#include "races.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "devmem_races.skel.h"
#include "load_trace.h"
#include "races_ksyms.h"
#include "races_report.h"

/* Net_iovs that are followed with --frees. */
#define MAX_NIOVS (1 << 20)

struct races {
	struct devmem_races_bpf *skel;
	struct ring_buffer *ring;
	struct races_options opt;
	races_report_fn fn;
	void *arg;
	int cpus;
	bool watched[RACE_CODES];
};

/* Which programs find a code, by their names in the BPF source; more than one may be needed. */
static const struct {
	unsigned int code;
	const char *program;
} needs[] = {
	{ RACE_ALLOC_IN_RESTART, "on_take" },
	{ RACE_ALLOC_IN_RESTART, "on_pool_made" },
	{ RACE_ALLOC_IN_RESTART, "on_poll" },
	{ RACE_STALE_DELIVERY, "on_gro_receive" },
	{ RACE_MIXED_FRAGS, "on_gro_receive" },
	{ RACE_MIXED_STREAM, "on_gro_receive" },
	{ RACE_POOL_SHARED, "on_take" },
	{ RACE_POOL_SHARED, "on_poll" },
	{ RACE_BINDING_MISMATCH, "on_provider_set" },
	{ RACE_PROVIDER_GONE, "on_take" },
	{ RACE_PROVIDER_GONE, "on_poll" },
	{ RACE_STALE_DELIVERY, "on_restart_end" },
	{ RACE_MIXED_STREAM, "on_restart_end" },
	{ RACE_ALLOC_IN_RESTART, "on_restart_end" },
	{ RACE_BINDING_MISMATCH, "on_restart_end" },
	{ RACE_PROVIDER_GONE, "on_restart_end" },
	{ RACE_RESTART_FAILED, "on_restart_end" },
	{ RACE_DOUBLE_FREE, "on_give" },
	{ RACE_FOREIGN_FREE, "on_give" },
	{ RACE_NO_RTNL, "on_restart_begin" },
	{ RACE_UNBOUND_HELD, "on_unbind" },
	{ RACE_RESTART_STUCK, "on_restart_begin" },
};

/* libbpf's own words are for developers of the programs: DEVMEMTOP_DEBUG=1 shows them. */
static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	return getenv("DEVMEMTOP_DEBUG") ? vfprintf(stderr, fmt, ap) : 0;
}

/* Does the kernel have what the program is to be attached to? */
static bool has_target(const struct btf *btf, const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);
	const char *target = strchr(section, '/');
	char name[96];

	if (!target)
		return true;
	target++;
	if (strncmp(section, "tp_btf/", 7))
		return btf__find_by_name_kind(btf, target, BTF_KIND_FUNC) > 0;
	snprintf(name, sizeof(name), "btf_trace_%s", target);
	return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
}

/* What programs for upstream's functions stand in for; all of them are called "s_". */
static const struct {
	const char *program;
	const char *stands_in;
} stand_ins[] = {
	{ "on_restart_begin", "s_restart" },
	{ "on_restart_end", "s_restart_end" },
	{ "on_provider_set", "s_restart_end" },
};

static bool is_for_upstream(const struct bpf_program *prog)
{
	return !strncmp(bpf_program__name(prog), "s_", 2);
}

static bool is_fentry(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	return !strncmp(section, "fentry/", 7) || !strncmp(section, "fexit/", 6);
}

static bool has_stand_in(const struct races *r, const char *program)
{
	size_t i;

	for (i = 0; r->skel->rodata->by_probes && i < sizeof(stand_ins) / sizeof(stand_ins[0]); i++)
		if (!strcmp(stand_ins[i].program, program))
			return true;
	return false;
}

static bool is_opt_in(const struct bpf_program *prog)
{
	return !strncmp(bpf_program__name(prog), "follow_", 7);
}

/* Choose the programs that can run here, and note which codes that leaves out. */
static void choose(struct races *r, const struct btf *btf)
{
	struct bpf_program *prog;
	bool fentry = !sources_try_fentry(btf), load;
	size_t i;

	for (i = 0; i < RACE_CODES; i++)
		r->watched[i] = true;
	bpf_object__for_each_program(prog, r->skel->obj)
	{
		load = has_target(btf, prog) && (fentry || !is_fentry(prog)) &&
		       (r->opt.follow_frees || !is_opt_in(prog)) &&
		       (r->skel->rodata->by_probes || !is_for_upstream(prog));
		bpf_program__set_autoload(prog, load);
		for (i = 0; !load && i < sizeof(needs) / sizeof(needs[0]); i++)
			if (!strcmp(needs[i].program, bpf_program__name(prog)) &&
			    !has_stand_in(r, needs[i].program))
				r->watched[needs[i].code] = false;
	}
	if (!r->skel->rodata->config_lock)
		r->watched[RACE_NO_RTNL] = false;
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

static int on_report(void *ctx, void *data, size_t size)
{
	struct races *r = ctx;

	if (r->fn && size >= sizeof(struct race_report))
		r->fn(data, r->arg);
	return 0;
}

static int load(struct races *r)
{
	struct devmem_races_bpf *skel = r->skel;
	int ret;

	if (r->opt.follow_frees)
		bpf_map__set_max_entries(skel->maps.niov_places, MAX_NIOVS);
	ret = devmem_races_bpf__load(skel);
	if (!ret)
		ret = devmem_races_bpf__attach(skel);
	if (ret)
		return ret;
	r->ring = ring_buffer__new(bpf_map__fd(skel->maps.reports), on_report, r, NULL);
	return r->ring ? 0 : -errno;
}

static void explain(char *text, size_t size, int code)
{
	/* EACCES is what a verifier says that does not accept a program. */
	if (code == -EPERM)
		snprintf(text, size,
			 "BPF is not permitted: run as root or with CAP_BPF and CAP_PERFMON");
	else
		snprintf(text, size,
			 "the kernel refused the race detectors (%s): DEVMEMTOP_DEBUG=1 shows why",
			 strerror(-code));
}

struct races *races_open(const struct races_options *opt, char *text, size_t size)
{
	static const struct races_options defaults = {
		.held_ns = RACES_HELD_NS,
		.stuck_ns = RACES_STUCK_NS,
	};
	const char *lock;
	struct races *r;
	bool has_restarts, by_probes;
	struct btf *btf;
	int ret;

	text[0] = '\0';
	libbpf_set_print(print_libbpf);
	btf = btf__load_vmlinux_btf();
	if (!btf) {
		snprintf(
			text, size,
			"no BTF in /sys/kernel/btf/vmlinux: take a kernel with CONFIG_DEBUG_INFO_BTF=y");
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
	lock = r->opt.lock ? r->opt.lock : "rtnl_mutex";
	has_restarts =
		btf__find_by_name_kind(btf, "btf_trace_devmem_restart_begin", BTF_KIND_TYPEDEF) > 0;
	by_probes = !has_restarts && !sources_try_fentry(btf) &&
		    btf__find_by_name_kind(btf, "netdev_rx_queue_restart", BTF_KIND_FUNC) > 0;
	r->skel = devmem_races_bpf__open_opts(load_options());
	if (!r->skel) {
		explain(text, size, -errno);
		goto fail;
	}
	r->skel->rodata->has_restarts = has_restarts || by_probes;
	r->skel->rodata->by_probes = by_probes;
	r->skel->rodata->page_size = sysconf(_SC_PAGESIZE);
	/* From 6.15 on each device has a lock of its own: there is no one mutex to look at. */
	if (r->opt.lock || !sources_has_member(btf, "net_device", "request_ops_lock"))
		r->skel->rodata->config_lock = ksyms_address(lock);
	if (r->opt.lock && !r->skel->rodata->config_lock) {
		snprintf(text, size, "no mutex '%s' in /proc/kallsyms: check its name", lock);
		goto fail;
	}
	choose(r, btf);
	/* libbpf reads its own: one of them at a time is enough memory. */
	btf__free(btf);
	btf = NULL;
	ret = load(r);
	if (ret) {
		explain(text, size, ret);
		goto fail;
	}
	say_unwatched(r, text, size);
	return r;

fail:
	btf__free(btf);
	races_close(r);
	return NULL;
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

/* Of the restarts, or of one binding. */
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

	if (!r->skel->rodata->has_restarts)
		return;
	check_age(r, 0);
	for (ret = bpf_map_get_next_key(fd, NULL, &next); !ret;
	     ret = bpf_map_get_next_key(fd, &id, &next)) {
		id = next;
		check_age(r, id);
	}
}

static uint64_t missed(const struct races *r)
{
	struct bpf_program *prog;
	uint64_t sum = 0;

	bpf_object__for_each_program(prog, r->skel->obj)
	{
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (bpf_program__fd(prog) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			sum += info.recursion_misses;
	}
	return sum;
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
	totals->missed = missed(r);
	totals->full = r->skel->bss->tables_full;
}

uint64_t races_total(const struct races *r)
{
	struct races_totals totals;

	races_read(r, &totals);
	return totals.all;
}

bool races_watches(const struct races *r, unsigned int code)
{
	return code < RACE_CODES && r->watched[code];
}

struct bpf_object *races_object(const struct races *r)
{
	return r->skel->obj;
}
