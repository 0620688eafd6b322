/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What devmemtop can know on the running kernel: one table of facts (facts_table.c), each with its
 * sources, the best one first. The table decides which BPF programs are loaded, both for events and
 * for the race detectors. `devmemtop check` and docs/kernels.md show it.
 */
#ifndef DEVMEMTOP_PROBES_FACTS_H
#define DEVMEMTOP_PROBES_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* All facts. First those from the BPF programs of bpf/devmem_trace.bpf.c. */
enum fact {
	FACT_BIND,
	FACT_UNBIND,
	FACT_BINDING_FREE,
	FACT_RESTART,
	FACT_DOWN,
	FACT_ALLOC,
	FACT_RETURN,
	FACT_FAIL,
	FACT_PROVIDER_TIME,
	FACT_TOKEN_GET,
	FACT_TOKEN_PUT,
	FACT_TOKEN_AGE,
	FACT_TRACED, /* the number of these; below are facts of state, from other programs */
	FACT_QUEUES = FACT_TRACED,
	FACT_POOLS,
	FACT_BINDING_FREE_NIOVS,
	FACT_NIOV_PLACES,
	FACT_IO_URING,
	FACT_RECYCLED,
	FACT_RECEIVED,
	FACT_SHOWN, /* the number of these; below are facts for bpf/devmem_races.bpf.c */
	FACT_SEEN_RESTARTS = FACT_SHOWN,
	FACT_SEEN_PHASES,
	FACT_SEEN_PROVIDERS,
	FACT_SEEN_POLLS,
	FACT_SEEN_TAKES,
	FACT_SEEN_GIVES,
	FACT_SEEN_BAD_FREES,
	FACT_SEEN_NIOVS,
	FACT_SEEN_POOLS,
	FACT_SEEN_PACKETS,
	FACT_SEEN_UNBINDS,
	FACT_SEEN_AGES,
	FACT_SEEN_OUT,
	FACT_SEEN_LOCK,
	FACTS,
};

/* The kinds of sources. */
enum via {
	VIA_EVENTS,    /* the trace events of this project's kernel */
	VIA_FENTRY,    /* fentry and fexit */
	VIA_KPROBES,   /* kprobes and kretprobes */
	VIA_PAGE_POOL, /* the page_pool trace events */
	VIA_PACKETS,   /* the trace events of received packets */
	VIA_WALK,      /* a BPF program that walks the page pools */
	VIA_SOCKETS,   /* a BPF iterator over the TCP sockets */
	VIA_NETLINK,
	VIA_LOCK, /* programs read a mutex */
	VIAS,
};

#define VIA_ALL ((1U << VIAS) - 1)

/* The most sources that a fact has. */
#define SOURCE_RANKS 3

#define FACT_WHY 128

struct bpf_object;
struct bpf_refused;
struct btf;

/* The sources that were chosen on this kernel. */
struct facts {
	/* The source of each fact by its rank, 0 is the best; -1: the fact is not known. */
	int rank[FACTS];
	/* Why each source cannot be used: a few words, "" when it can. */
	char why[FACTS][SOURCE_RANKS][FACT_WHY];
	/* Bits by rank: sources for another kind of kernel. */
	unsigned int other_kind[FACTS];
	/* What to do about every fact that is not known; empty: the table says it. */
	char todo[128];
};

/**
 * facts_choose() - choose among the programs of bpf/devmem_trace.bpf.c
 * @s: gets the choice for the facts below FACT_TRACED
 * @obj: object with the programs, opened, not loaded. Autoload is set to off for programs that are
 *	not needed; programs of other sources stay as they are.
 * @btf: the kernel's
 * @vias: bits by enum via that may be used
 * @refused: programs that this kernel has refused before. If there are any, a function counts only
 *	if the BTF and /proc/kallsyms both have it under the same name.
 *
 * Return: true when there is anything to load.
 */
bool facts_choose(struct facts *s, struct bpf_object *obj, const struct btf *btf, unsigned int vias,
		  const struct bpf_refused *refused);

/**
 * facts_choose_watched() - choose among the programs of bpf/devmem_races.bpf.c
 * @s: gets the choice for the facts from FACT_SHOWN on
 * @obj: object with the programs, opened, not loaded
 * @btf: the kernel's
 * @vias: bits by enum via that may be used
 * @refused: as for facts_choose()
 * @opt_in: also choose programs that cost more
 *
 * Return: true when there is anything to load.
 */
bool facts_choose_watched(struct facts *s, struct bpf_object *obj, const struct btf *btf,
			  unsigned int vias, const struct bpf_refused *refused, bool opt_in);

/**
 * facts_can_see() - are the facts known that a race needs?
 * @s: choice, by facts_choose_watched()
 * @needs: bits by enum fact, 0: nobody said what it needs
 * @why: gets why not, "" when they are
 * @size: bytes in @why
 *
 * Return: true when they are; false without needs.
 */
bool facts_can_see(const struct facts *s, uint64_t needs, char *why, size_t size);

/**
 * facts_look_at_state() - does the kernel have what the best sources of state read?
 * @btf: the kernel's
 * @why: gets, by fact, what is missing, "" when nothing is; only for FACT_TRACED up to FACT_SHOWN
 */
void facts_look_at_state(const struct btf *btf, char why[FACTS][FACT_WHY]);

/**
 * facts_has_member() - does a struct of the kernel have a member?
 * @btf: the kernel's
 * @type: name of the struct
 * @member: name of the member, which may be in an unnamed struct inside; a dot stands before the
 *	name of a member's member
 *
 * Return: true when it has one.
 */
bool facts_has_member(const struct btf *btf, const char *type, const char *member);

/**
 * facts_has_devmem() - does this kernel have devmem TCP?
 * @btf: the kernel's
 *
 * Return: true when it does.
 */
bool facts_has_devmem(const struct btf *btf);

/**
 * facts_direction_arg() - find the argument of net_devmem_bind_dmabuf() that says "receive" or
 * "send"
 * @btf: the kernel's
 *
 * Return: its number, from 0; -1: there is no such argument, because the kernel can only receive.
 */
int facts_direction_arg(const struct btf *btf);

/**
 * facts_try_fentry() - try if fentry works: some machines forbid it, some architectures lack it
 * @btf: the kernel's
 *
 * Return: 0 when it works, or a negative errno.
 */
int facts_try_fentry(const struct btf *btf);

/**
 * facts_use() - set if a source works, for sources that facts_choose() does not know about
 * @s: choice
 * @fact: fact
 * @via: kind of the source
 * @why: why it does not work, NULL: it works
 */
void facts_use(struct facts *s, enum fact fact, enum via via, const char *why);

/**
 * facts_via() - the source of a fact
 * @s: choice
 * @fact: fact
 *
 * Return: the kind of the source, VIAS when the fact is not known.
 */
enum via facts_via(const struct facts *s, enum fact fact);

/**
 * facts_none() - set that no fact is known, for one reason
 * @s: gets the reason
 * @why: the reason in a few words
 */
void facts_none(struct facts *s, const char *why);

/**
 * facts_unknown() - name the traced facts that are not known
 * @s: choice
 * @text: gets the names with commas between them; empty when there are none
 * @size: bytes in @text
 */
void facts_unknown(const struct facts *s, char *text, size_t size);

/**
 * facts_via_name() - the name of a kind of source
 * @via: the source
 *
 * Return: a word or two.
 */
const char *facts_via_name(enum via via);

/**
 * facts_print() - print the source of each fact on this kernel
 * @s: choice
 * @f: file to print to
 *
 * Return: false when a fact is not known.
 */
bool facts_print(const struct facts *s, FILE *f);

/**
 * facts_print_table() - print the table itself, as Markdown
 * @f: file to print to
 */
void facts_print_table(FILE *f);

/**
 * facts_without() - read DEVMEMTOP_WITHOUT, which names sources not to use, for tests
 *
 * Return: bits by enum via: the kinds of sources that may be used.
 */
unsigned int facts_without(void);

#endif
