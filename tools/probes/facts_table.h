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
 * What programs read of the kernel. Listed is what belongs to devmem TCP and what differs between
 * releases; of the rest, which every kernel with net_iovs has, the verifier says what is missing.
 */
struct fact_read {
	const char *type;      /* a struct */
	const char *member;    /* of it, with dots: "slow.queue_idx"; NULL: the struct is enough */
	const char *or_member; /* where other kernels have it; NULL: nowhere */
	const char *function;  /* instead of a struct: one that the programs call */
	bool absent;	       /* the source is for kernels that do not have it */
	const char *says;      /* why not, if it is not clear from the name; NULL: it is */
};

/* One source of a fact. Lists of programs are their names in bpf/, blanks between. */
struct fact_source {
	enum via via;
	const char *programs; /* without all of these it is no source */
	/* Likewise where the kernel has the struct @later_with; elsewhere as @optional. */
	const char *later;
	const char *later_with;
	const char *optional; /* a kernel may lack what they are attached to, but not refuse them */
	const char *extra;    /* it tells more with them; they may be missing, or refused */
	uint64_t needs;	      /* bits by enum fact: without these it tells nothing */
	const struct fact_read *reads; /* up to an empty one; NULL: nothing */
	const char *from;	       /* for people */
	const char *limits; /* what is worse than with the source above it; NULL: nothing */
};

struct fact_row {
	const char *name;
	const char *gives; /* columns, as in docs/devmemtop.md */
	bool opt_in;	   /* only when asked for: it costs more */
	struct fact_source sources[SOURCE_RANKS];
};

#define FACT(name) (1ULL << FACT_##name)

/**
 * facts_row() - a row of the table
 * @fact: which
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

/* The structs and functions that the table names, looked up in one pass: each takes a while. */
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
 * facts_find_types() - look up what the table names
 * @types: gets it
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
 * facts_type_has() - has a struct a member?
 * @btf: the kernel's
 * @id: of the struct
 * @member: as for facts_has_member()
 *
 * Return: true when it has.
 */
bool facts_type_has(const struct btf *btf, uint32_t id, const char *member);

/**
 * facts_is_other_kind() - is a source one for another kind of kernel?
 * @types: looked up
 * @src: source
 * @why: gets why, and is not touched when it is not
 * @size: bytes in @why
 *
 * Return: true when it is.
 */
bool facts_is_other_kind(const struct fact_types *types, const struct fact_source *src, char *why,
			 size_t size);

/**
 * facts_has_reads() - has the kernel what the programs of a source read?
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
