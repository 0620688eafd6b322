// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names for addresses of the kernel. The table is read once and searched by halves; functions of
 * modules and BPF programs are in it as well.
 */
#include "lib/ksyms.h"

#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define KSYM_MAX 128

/* Farther from the start of a symbol than this is no part of it. */
#define MAX_OFFSET (1 << 20)

struct ksym {
	uint64_t addr;
	char *name;
};

struct ksyms {
	struct ksym *syms;
	size_t num;
};

/* One line of /proc/kallsyms. Returns false for a line that is none, or a hidden address. */
static bool parse_line(const char *line, uint64_t *addr, char *type, char *name)
{
	return sscanf(line, "%" SCNx64 " %c %127s", addr, type, name) == 3 && *addr;
}

static int by_address(const void *a, const void *b)
{
	const struct ksym *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

struct ksyms *ksyms_read(FILE *f)
{
	struct ksyms *k = calloc(1, sizeof(*k));
	char line[512], name[KSYM_MAX], type;
	size_t room = 0;
	uint64_t addr;

	if (!k)
		err(EXIT_FAILURE, "reading kernel symbols");
	while (f && fgets(line, sizeof(line), f)) {
		if (!parse_line(line, &addr, &type, name) || !strchr("tTwW", type))
			continue;
		if (k->num == room) {
			room = room ? 2 * room : 4096;
			k->syms = realloc(k->syms, room * sizeof(*k->syms));
			if (!k->syms)
				err(EXIT_FAILURE, "reading kernel symbols");
		}
		k->syms[k->num].addr = addr;
		k->syms[k->num].name = strdup(name);
		if (!k->syms[k->num].name)
			err(EXIT_FAILURE, "reading kernel symbols");
		k->num++;
	}
	if (k->num)
		qsort(k->syms, k->num, sizeof(*k->syms), by_address);
	return k;
}

struct ksyms *ksyms_load(void)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	struct ksyms *k = ksyms_read(f);

	if (f)
		fclose(f);
	return k;
}

void ksyms_free(struct ksyms *k)
{
	size_t i;

	if (!k)
		return;
	for (i = 0; i < k->num; i++)
		free(k->syms[i].name);
	free(k->syms);
	free(k);
}

const char *ksyms_name(const struct ksyms *k, uint64_t addr, char *buf, size_t size)
{
	size_t low = 0, high = k->num, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (k->syms[mid].addr <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || addr - k->syms[low - 1].addr > MAX_OFFSET)
		snprintf(buf, size, "0x%" PRIx64, addr);
	else
		snprintf(buf, size, "%s+0x%" PRIx64, k->syms[low - 1].name,
			 addr - k->syms[low - 1].addr);
	return buf;
}

uint64_t ksyms_address(const char *symbol)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	char line[512], name[KSYM_MAX], type;
	uint64_t addr, found = 0;
	unsigned int times = 0;

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		/* Most lines are no match, and taking one apart is slow. */
		if (!strstr(line, symbol) || !parse_line(line, &addr, &type, name) ||
		    strcmp(name, symbol))
			continue;
		found = addr;
		times++;
	}
	fclose(f);
	return times == 1 ? found : 0;
}
