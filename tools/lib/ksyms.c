// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names for addresses of the kernel, and addresses for names. For names, a table is kept and
 * searched by halves; it also has the functions of modules and BPF programs.
 */
#include "lib/ksyms.h"

#include <err.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* An address that is farther from the start of a symbol than this does not belong to it. */
#define MAX_OFFSET (1 << 20)

struct ksym {
	uint64_t addr;
	char *name;
};

struct ksyms {
	struct ksym *syms;
	size_t num;
};

/* A line of /proc/kallsyms, taken apart in place. */
struct line {
	char text[1024];
	const char *name; /* in @text, like the address, which is at its start */
	char type;
};

/*
 * The only reader of the table. The table has 200,000 lines, so this does as little as possible
 * with each: the address stays text until somebody needs it.
 */
static bool next_line(FILE *f, struct line *l)
{
	char *space;

	while (fgets(l->text, sizeof(l->text), f)) {
		space = strchr(l->text, ' ');
		if (!space || !space[1] || space[2] != ' ')
			continue;
		l->type = space[1];
		l->name = space + 3;
		/* The name of a module follows. */
		space[3 + strcspn(l->name, " \t\n")] = '\0';
		if (l->name[0])
			return true;
	}
	return false;
}

/* Returns 0 if the address is hidden from us. */
static uint64_t address_of(const struct line *l)
{
	return strtoull(l->text, NULL, 16);
}

static FILE *open_table(void)
{
	return fopen("/proc/kallsyms", "re");
}

static int by_address(const void *a, const void *b)
{
	const struct ksym *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

struct ksyms *ksyms_read(FILE *f)
{
	struct ksyms *k = calloc(1, sizeof(*k));
	struct line line;
	size_t room = 0;
	uint64_t addr;

	if (!k)
		err(EXIT_FAILURE, "reading kernel symbols");
	while (f && next_line(f, &line)) {
		if (!strchr("tTwW", line.type))
			continue;
		addr = address_of(&line);
		if (!addr)
			continue;
		if (k->num == room) {
			room = room ? 2 * room : 4096;
			k->syms = realloc(k->syms, room * sizeof(*k->syms));
			if (!k->syms)
				err(EXIT_FAILURE, "reading kernel symbols");
		}
		k->syms[k->num].addr = addr;
		k->syms[k->num].name = strdup(line.name);
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
	FILE *f = open_table();
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

bool ksyms_is_function(const char *symbol, const char *function)
{
	size_t len = strlen(function);

	return !strncmp(symbol, function, len) &&
	       (!symbol[len] || !strncmp(symbol + len, ".llvm.", 6) ||
		!strncmp(symbol + len, ".lto_priv.", 10));
}

static void note_symbol(struct ksyms_wanted *w, const struct line *l)
{
	if (!w->symbol[0])
		snprintf(w->symbol, sizeof(w->symbol), "%s", l->name);
	if (strcmp(l->name, w->name)) {
		w->others++;
		return;
	}
	w->exact++;
	w->addr = address_of(l);
}

void ksyms_search(FILE *f, struct ksyms_wanted *wanted, size_t num)
{
	bool first[256] = { false };
	struct line line;
	size_t i;

	for (i = 0; i < num; i++)
		first[(unsigned char)wanted[i].name[0]] = true;
	while (f && next_line(f, &line))
		for (i = 0; first[(unsigned char)line.name[0]] && i < num; i++)
			if (ksyms_is_function(line.name, wanted[i].name))
				note_symbol(&wanted[i], &line);
}

bool ksyms_find(struct ksyms_wanted *wanted, size_t num)
{
	FILE *f = open_table();

	ksyms_search(f, wanted, num);
	if (!f)
		return false;
	fclose(f);
	return true;
}

uint64_t ksyms_address(const char *name)
{
	struct ksyms_wanted wanted = { .name = name };

	ksyms_find(&wanted, 1);
	return wanted.exact == 1 ? wanted.addr : 0;
}
