/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table itself: of each fact its sources, of each source the BPF programs and what they read of
 * the kernel. How it is used is up to facts.c.
 */
#ifndef DEVMEMTOP_PROBES_FACTS_TABLE_H
#define DEVMEMTOP_PROBES_FACTS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "probes/facts.h"

/*
 * What programs read in the kernel. The table lists what belongs to devmem TCP and what differs
 * between releases. Every kernel with net_iovs has the rest; the verifier would say what is
 * missing.
 */
struct fact_read {
	const char *type;   /* name of a struct */
	const char *member; /* its member, like "slow.queue_idx"; NULL: only the struct matters */
	const char *or_member; /* the member's name in other kernels; NULL: none */
	const char *function;  /* instead of a struct: a function that the programs call */
	bool absent;	       /* the source is for kernels that do not have this */
	const char *says;      /* why the source does not work; NULL: the name says enough */
};

/* One source of a fact. Lists of programs have their names from bpf/, with blanks between. */
struct fact_source {
	enum via via;
	const char *programs; /* the source works only with all of these */
	/* Needed, too, if the kernel has the struct @later_with; if not, like @optional. */
	const char *later;
	const char *later_with;
	const char *optional; /* the kernel may lack their functions, but must not refuse them */
	const char *extra;    /* these add more; they may be missing, or refused */
	uint64_t needs;	      /* bits by enum fact: the source works only with these */
	const struct fact_read *reads; /* ends with an empty one; NULL: nothing */
	const char *from;	       /* the source's name for people */
	const char *limits; /* what is worse than with the source before it; NULL: nothing */
};

struct fact_row {
	const char *name;
	const char *gives; /* columns, as in docs/devmemtop.md */
	bool opt_in;	   /* only if the user asks for it, because it costs more */
	struct fact_source sources[SOURCE_RANKS];
};

#define FACT(name) (1ULL << FACT_##name)

/**
 * facts_row() - a row of the table
 * @fact: number of the fact
 *
 * Return: the row.
 */
const struct fact_row *facts_row(enum fact fact);

/**
 * facts_is_source() - has a fact a source of this rank?
 * @fact: which
 * @rank: 0: the best
 *
 * Return: true when it has.
 */
static inline bool facts_is_source(enum fact fact, int rank)
{
	return rank < SOURCE_RANKS && facts_row(fact)->sources[rank].from;
}

#define FACT_TYPES 32

/*
 * The structs and functions that the table names. One pass finds all, because each takes a while.
 */
struct fact_types {
	const struct btf *btf;
	size_t num;
	struct {
		const char *name;
		bool is_function;
		uint32_t id; /* 0: the kernel does not have it */
	} of[FACT_TYPES];
};

/**
 * facts_find_types() - look up the structs and functions that the table names
 * @types: gets them
 * @btf: the kernel's
 */
void facts_find_types(struct fact_types *types, const struct btf *btf);

/**
 * facts_type() - a struct or a function that the table names
 * @types: looked up
 * @name: its name
 * @is_function: it is a function
 *
 * Return: its id, 0 when the kernel does not have it.
 */
uint32_t facts_type(const struct fact_types *types, const char *name, bool is_function);

/**
 * facts_type_has() - does a struct have a member?
 * @btf: the kernel's
 * @id: of the struct
 * @member: as for facts_has_member()
 *
 * Return: true when it has.
 */
bool facts_type_has(const struct btf *btf, uint32_t id, const char *member);

/**
 * facts_is_other_kind() - is a source for another kind of kernel?
 * @types: looked up
 * @src: source
 * @why: gets the reason if it is; else it is not changed
 * @size: bytes in @why
 *
 * Return: true when it is.
 */
bool facts_is_other_kind(const struct fact_types *types, const struct fact_source *src, char *why,
			 size_t size);

/**
 * facts_has_reads() - does the kernel have what the programs of a source read?
 * @types: looked up
 * @src: source
 * @why: gets what is missing, "" when nothing is
 * @size: bytes in @why
 *
 * Return: true when it has.
 */
bool facts_has_reads(const struct fact_types *types, const struct fact_source *src, char *why,
		     size_t size);

#endif
