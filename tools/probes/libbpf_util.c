// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What all code that loads BPF programs shares.
 */
#include "probes/libbpf_util.h"

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"

/* Larger than a BTF, and the largest value that malloc() accepts. */
#define KEEP_BYTES (32 << 20)

/* Smaller than a BTF, larger than what each sample allocates and frees. */
#define TRIM_BYTES (4 << 20)

/* The program that libbpf complained about last. */
static char complained[32];

static int print_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	va_list again;
	char line[128];

	va_copy(again, ap);
	vsnprintf(line, sizeof(line), fmt, again);
	va_end(again);
	if (level == LIBBPF_WARN)
		sscanf(line, "libbpf: prog '%31[^']'", complained);
	return getenv("DEVMEMTOP_DEBUG") ? vfprintf(stderr, fmt, ap) : 0;
}

void libbpf_util_quiet(void)
{
	libbpf_set_print(print_libbpf);
}

/*
 * A BTF takes two blocks of some MiB while it is parsed, and more than one BTF is read. malloc()
 * would get such blocks new from the kernel each time. A page fault for each 4 KiB of them would
 * cost more than reading and parsing.
 */
void libbpf_util_begin(void)
{
	mallopt(M_MMAP_THRESHOLD, KEEP_BYTES);
	mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
}

void libbpf_util_end(void)
{
	mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
	malloc_trim(0);
}

const struct bpf_object_open_opts *libbpf_util_options(void)
{
	static struct bpf_object_open_opts opts = { .sz = sizeof(opts) };
	__u32 id;

	complained[0] = '\0';
	/*
	 * If the kernel does not have a type, libbpf searches its modules, and to list these it
	 * needs CAP_SYS_ADMIN. With a given BTF, libbpf does not search them.
	 */
	if (bpf_btf_get_next_id(0, &id) && errno == EPERM)
		opts.btf_custom_path = VMLINUX_BTF;
	return &opts;
}

struct btf *libbpf_util_btf(char *text, size_t size)
{
	/* Not btf__load_vmlinux_btf(): it also tries other places, and its error is about those. */
	struct btf *btf = btf__parse(VMLINUX_BTF, NULL);

	if (btf)
		return btf;
	if (errno == ENOENT)
		snprintf(text, size,
			 "no BTF in " VMLINUX_BTF ": take a kernel with CONFIG_DEBUG_INFO_BTF=y");
	else
		snprintf(text, size,
			 "cannot read the BTF in " VMLINUX_BTF " (%s): make it readable",
			 strerror(errno));
	return NULL;
}

/* Numbers from linux/capability.h; the C library's headers may not have the later ones. */
#define CAPABILITY(number)   (1ULL << (number))
#define CAPABILITY_SYS_ADMIN CAPABILITY(21)
#define CAPABILITY_PERFMON   CAPABILITY(38)
#define CAPABILITY_BPF	     CAPABILITY(39)

static unsigned long long capabilities(void)
{
	unsigned long long caps = ~0ULL;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	if (!f)
		return caps;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	fclose(f);
	return caps;
}

/* May this process load programs that read the kernel? CAP_SYS_ADMIN includes both others. */
static bool is_capable(void)
{
	unsigned long long caps = capabilities(), both = CAPABILITY_BPF | CAPABILITY_PERFMON;

	return caps & CAPABILITY_SYS_ADMIN || (caps & both) == both;
}

/* With lockdown, BPF may not read the kernel, not even for root. */
static bool is_locked_down(void)
{
	char line[80] = "";
	FILE *f = fopen("/sys/kernel/security/lockdown", "re");

	if (!f)
		return false;
	if (!fgets(line, sizeof(line), f))
		line[0] = '\0';
	fclose(f);
	return strstr(line, "[confidentiality]");
}

const char *libbpf_util_complained(void)
{
	return complained;
}

bool libbpf_util_is_refused(const struct bpf_refused *r, const char *name)
{
	size_t i;

	for (i = 0; r && i < r->num; i++)
		if (!strcmp(r->names[i], name))
			return true;
	return false;
}

bool libbpf_util_add_refused(struct bpf_refused *r, const char *name)
{
	if (!name)
		name = complained;
	/* In this case the program is not the cause. */
	if (!is_capable() || is_locked_down())
		return false;
	if (!name[0] || r->num == sizeof(r->names) / sizeof(r->names[0]) ||
	    libbpf_util_is_refused(r, name))
		return false;
	snprintf(r->names[r->num++], sizeof(r->names[0]), "%s", name);
	return true;
}

bool libbpf_util_is_fentry(const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog);

	return !strncmp(section, "fentry/", 7) || !strncmp(section, "fexit/", 6);
}

bool libbpf_util_has_target(const struct btf *btf, const struct bpf_program *prog)
{
	const char *section = bpf_program__section_name(prog), *target = strchr(section, '/');
	char name[96];

	if (!target || !strncmp(section, "iter/", 5))
		return true;
	target++;
	if (strncmp(section, "tp_btf/", 7))
		return btf__find_by_name_kind(btf, target, BTF_KIND_FUNC) > 0;
	snprintf(name, sizeof(name), "btf_trace_%s", target);
	return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
}

uint64_t libbpf_util_missed(const struct bpf_object *obj)
{
	struct bpf_program *prog;
	uint64_t sum = 0;

	bpf_object__for_each_program(prog, obj)
	{
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (bpf_program__fd(prog) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			sum += info.recursion_misses;
	}
	return sum;
}

int libbpf_util_run_iterator(const struct bpf_link *link)
{
	int fd = bpf_iter_create(bpf_link__fd(link));
	char none[16];
	ssize_t got;
	int ret;

	if (fd < 0)
		return -errno;
	/* EAGAIN: there was so much to look at that the kernel paused. */
	do
		got = read(fd, none, sizeof(none));
	while (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)));
	ret = got < 0 ? -errno : 0;
	close(fd);
	return ret;
}

void libbpf_util_explain(char *text, size_t size, const char *what, int code)
{
	/* The verifier says EINVAL for a helper that needs CAP_PERFMON or no lockdown. */
	if (!is_capable())
		snprintf(text, size,
			 "BPF is not permitted for %s: run as root or with CAP_BPF and CAP_PERFMON",
			 what);
	else if (is_locked_down())
		snprintf(
			text, size,
			"BPF may not read a kernel in lockdown, for %s: boot without lockdown=confidentiality",
			what);
	else if (code == -EPERM)
		snprintf(text, size,
			 "BPF is not permitted for %s: run as root or with CAP_BPF and CAP_PERFMON",
			 what);
	else
		snprintf(
			text, size,
			"the kernel refused the BPF programs for %s (%s): DEVMEMTOP_DEBUG=1 shows why",
			what, strerror(-code));
}
