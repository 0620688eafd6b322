// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Prints the table of facts for people: each fact's source on this kernel, and its possible
 * sources.
 */
#include <string.h>

#include "probes/facts_table.h"

/* What to do so that this source can be used. */
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
	const struct fact_row *row = facts_row(fact);
	int rank;

	for (rank = 0; facts_is_source(fact, rank); rank++)
		/* If all have one reason, it is printed once. */
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

	for (fact = 0; fact < FACT_SHOWN; fact++) {
		const struct fact_row *row = facts_row(fact);
		int have = s->rank[fact];

		fprintf(f, "%-4s %-18s %s\n", have < 0 ? "NO" : "ok", row->name, row->gives);
		if (have >= 0) {
			const struct fact_source *src = &row->sources[have];

			fprintf(f, "     from: %s: %s%s%s\n", facts_via_name(src->via), src->from,
				src->limits ? "; " : "", src->limits ? src->limits : "");
		} else {
			all = false;
		}
		/* The best one of the sources that would be better. */
		if (have < 0)
			print_missing(s, fact, f);
		else if (have)
			fprintf(f, "     better: %s (%s): take %s\n",
				facts_via_name(row->sources[0].via), s->why[fact][0],
				remedy(row->sources[0].via));
	}
	return all;
}

void facts_print_table(FILE *f)
{
	int fact, rank;

	fprintf(f, "| Fact | It gives | From, best first |\n|---|---|---|\n");
	for (fact = 0; fact < FACT_SHOWN; fact++) {
		const struct fact_row *row = facts_row(fact);

		fprintf(f, "| `%s` | %s | ", row->name, row->gives);
		for (rank = 0; facts_is_source(fact, rank); rank++) {
			const struct fact_source *src = &row->sources[rank];

			fprintf(f, "%s%s: `%s`%s%s%s", rank ? "<br>" : "", facts_via_name(src->via),
				src->from, src->limits ? " (" : "", src->limits ? src->limits : "",
				src->limits ? ")" : "");
		}
		fprintf(f, " |\n");
	}
}
