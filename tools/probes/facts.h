/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the running kernel can tell: one table of facts (facts_table.c), each with its sources, best
 * first. It decides which BPF programs are loaded, those of the events and those of the race
 * detectors; it is what `devmemtop check` prints and what docs/kernels.md shows.
 */
#ifndef DEVMEMTOP_PROBES_FACTS_H
#define DEVMEMTOP_PROBES_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What there is to know. First what BPF programs of bpf/devmem_trace.bpf.c tell. */
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
	FACT_TRACED, /* their number; below is state, which others read */
	FACT_QUEUES = FACT_TRACED,
	FACT_POOLS,
	FACT_BINDING_FREE_NIOVS,
	FACT_NIOV_PLACES,
	FACT_IO_URING,
	FACT_RECYCLED,
	FACT_RECEIVED,
	FACT_SHOWN, /* their number; below is what programs of bpf/devmem_races.bpf.c look at */
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

/* How to learn it. */
enum via {
	VIA_EVENTS,    /* the trace events of this project's kernel */
	VIA_FENTRY,    /* fentry and fexit */
	VIA_KPROBES,   /* kprobes and kretprobes */
	VIA_PAGE_POOL, /* the page_pool trace events */
	VIA_PACKETS,   /* those of received packets */
	VIA_WALK,      /* a BPF program that walks the page pools */
	VIA_SOCKETS,   /* a BPF iterator over the TCP sockets */
	VIA_NETLINK,
	VIA_LOCK, /* a mutex, looked at */
	VIAS,
};

#define VIA_ALL ((1U << VIAS) - 1)

/* A fact has so many sources at most. */
#define SOURCE_RANKS 3

#define FACT_WHY 128

struct bpf_object;
struct bpf_refused;
struct btf;

/* What was chosen on this kernel. */
struct facts {
	/* Which source each fact comes from, 0 the best; -1: nobody tells. */
	int rank[FACTS];
	/* Why the others do not: a few words, "" when they would. */
	char why[FACTS][SOURCE_RANKS][FACT_WHY];
	/* Bits by rank: sources that are for another kind of kernel. */
	unsigned int other_kind[FACTS];
	/* What to do about all of them; empty: what the table says. */
	char todo[128];
};

/**
 * facts_choose() - choose among the programs of bpf/devmem_trace.bpf.c
 * @s: gets the choice for the facts below FACT_TRACED
 * @obj: has them, opened, not loaded: those that are not needed get autoload off, and programs of
 *	other sources stay as they are
 * @btf: the kernel's
 * @vias: bits by enum via that may be used
 * @refused: programs that this kernel has refused before; when there are any, the BTF is believed
 *	only where /proc/kallsyms has the function under the same name
 *
 * Return: true when there is anything to load.
 */
bool facts_choose(struct facts *s, struct bpf_object *obj, const struct btf *btf, unsigned int vias,
		  const struct bpf_refused *refused);

/**
 * facts_choose_watched() - choose among the programs of bpf/devmem_races.bpf.c
 * @s: gets the choice for the facts from FACT_SHOWN on
 * @obj: has them, opened, not loaded
 * @btf: the kernel's
 * @vias: bits by enum via that may be used
 * @refused: as for facts_choose()
 * @opt_in: those that cost more, too
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
 * facts_look_at_state() - has the kernel what the best sources of state read?
 * @btf: the kernel's
 * @why: by fact, gets what is missing, "" when nothing is; of FACT_TRACED up to FACT_SHOWN only
 */
void facts_look_at_state(const struct btf *btf, char why[FACTS][FACT_WHY]);

/**
 * facts_has_member() - does a struct of the kernel have a member?
 * @btf: the kernel's
 * @type: name of the struct
 * @member: name of the member, also one of an unnamed struct within; with dots: of a member's
 *
 * Return: true when it has.
 */
bool facts_has_member(const struct btf *btf, const char *type, const char *member);

/**
 * facts_has_devmem() - is there any devmem TCP in this kernel?
 * @btf: the kernel's
 *
 * Return: true when there is.
 */
bool facts_has_devmem(const struct btf *btf);

/**
 * facts_direction_arg() - how net_devmem_bind_dmabuf() is told whether to receive or to send
 * @btf: the kernel's
 *
 * Return: by which argument, from 0; -1: by none, there is only to receive.
 */
int facts_direction_arg(const struct btf *btf);

/**
 * facts_try_fentry() - some machines let nobody use fentry, some architectures have none
 * @btf: the kernel's
 *
 * Return: 0 when it can be used, or a negative errno.
 */
int facts_try_fentry(const struct btf *btf);

/**
 * facts_use() - say that a source of a fact works or does not, where facts_choose() does not know
 * @s: choice
 * @fact: fact
 * @via: how
 * @why: why not, NULL: it works
 */
void facts_use(struct facts *s, enum fact fact, enum via via, const char *why);

/**
 * facts_via() - what a fact comes from
 * @s: choice
 * @fact: fact
 *
 * Return: the source, VIAS when nobody tells.
 */
enum via facts_via(const struct facts *s, enum fact fact);

/**
 * facts_none() - nobody tells anything, for one reason
 * @s: gets it
 * @why: a few words
 */
void facts_none(struct facts *s, const char *why);

/**
 * facts_unknown() - name the traced facts that nobody tells
 * @s: choice
 * @text: gets them, comma between; empty when there are none
 * @size: bytes in @text
 */
void facts_unknown(const struct facts *s, char *text, size_t size);

/**
 * facts_via_name() - what a source is called
 * @via: the source
 *
 * Return: a word or two.
 */
const char *facts_via_name(enum via via);

/**
 * facts_print() - what each fact comes from here
 * @s: choice
 * @f: where to
 *
 * Return: false when a fact comes from nowhere.
 */
bool facts_print(const struct facts *s, FILE *f);

/**
 * facts_print_table() - the table itself, as Markdown
 * @f: where to
 */
void facts_print_table(FILE *f);

/**
 * facts_without() - sources that DEVMEMTOP_WITHOUT leaves out, to see what a kernel lacks
 *
 * Return: bits by enum via that may be used.
 */
unsigned int facts_without(void);

#endif
