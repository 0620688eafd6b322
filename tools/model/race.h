/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A race that was caught, with all that its report says. output/ makes texts and JSON from it.
 *
 * What nobody has filled in is not known: numbers are UNKNOWN, names are NULL or "?".
 */
#ifndef DEVMEMTOP_MODEL_RACE_H
#define DEVMEMTOP_MODEL_RACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

/* Room for the counts of all codes. */
#define RACE_CODES_MAX 32

/* A TCP socket that has net_iovs of a binding. */
struct holder {
	uint64_t cookie; /* as `ss -e` prints it */
	uint16_t family; /* AF_INET or AF_INET6 */
	uint16_t local_port;
	uint16_t remote_port;
	uint8_t local[16]; /* in network byte order; IPv4: the first 4 */
	uint8_t remote[16];
	uint32_t tokens;     /* held by user space */
	uint32_t user;	     /* net_iovs behind the tokens; one may be behind several */
	uint32_t queued;     /* net_iovs that wait to be received */
	uint32_t pid;	     /* 0: not known */
	char comm[NAME_LEN]; /* of pid */
};

/* Who holds the net_iovs of a binding after its unbind. */
struct held {
	char why[192];		/* why the holders are not known; "": they are known */
	struct holder *sockets; /* sockets with net_iovs of it, the one with most first */
	uint32_t num;
	uint32_t in_sockets; /* net_iovs in sockets: with user space or in a queue */
	uint32_t elsewhere;  /* net_iovs that no socket has */
	bool complete;	     /* every socket was read to its end */
};

/* Functions with offsets, the innermost first. */
struct race_stack {
	char **names;
	size_t num;
};

/* The side that receives packets or frees net_iovs, mostly softirq or threaded NAPI. */
struct race_receiver {
	uint64_t time_ns; /* UNKNOWN: this side took no part, and the rest has no meaning */
	uint64_t cpu;
	uint64_t napi;	     /* 0: not called by a NAPI */
	uint64_t tid;	     /* the task that the CPU was running, or that softirq interrupted */
	char comm[NAME_LEN]; /* of tid */
	struct race_stack stack;
};

/* The side that configures: the last step of the queue's last restart, or a bind or unbind. */
struct race_switcher {
	uint64_t time_ns;  /* UNKNOWN: nothing was seen, and the rest has no meaning */
	uint64_t begin_ns; /* when the restart began */
	uint64_t tid;
	uint64_t pid;
	char comm[NAME_LEN]; /* of tid */
	const char *phase;   /* how far the restart had come, static string */
	bool is_restart;
	uint64_t err;	      /* errno of that phase; 0: none */
	uint64_t old_binding; /* 0: host memory; the same for the one below */
	uint64_t new_binding;
	struct race_stack stack;
};

struct race {
	unsigned int refs;     /* how many share it; nobody changes it any more */
	uint64_t seq;	       /* number of the report, from 0 on */
	const char *code;      /* as in docs/races.md; this and the next two are static strings */
	const char *says;      /* a sentence with {fields} that output/races_text.c fills in */
	const char *detail;    /* its kind, NULL: the code has only one kind */
	uint64_t time_ns;      /* when it was noticed, CLOCK_MONOTONIC */
	uint64_t nth;	       /* its number among the races with this code, from 1 */
	uint64_t suppressed;   /* races of this code and queue not reported since the last report */
	char ifname[NAME_LEN]; /* "": it is gone, or in another network namespace */
	uint32_t ifindex;
	uint32_t netns;		/* inode number */
	uint32_t queue;		/* NO_QUEUE: it belongs to no single queue */
	uint64_t binding;	/* the one that the net_iov or the pool belongs to */
	uint64_t queue_binding; /* the one that the queue has */
	uint64_t pool;		/* 0: none; the same for the next two */
	uint64_t other_pool;	/* the one that the net_iov belongs to */
	uint64_t other_napi;	/* the NAPI that took from the pool before */
	uint64_t other_cpu;	/* the CPU on which it took */
	uint64_t other_ns;	/* when it took */
	uint64_t niov;		/* kernel address, 0: none */
	uint64_t err;		/* errno, 0: none */
	uint64_t age_ns;	/* how long it has lasted until now */
	uint64_t outstanding;	/* net_iovs that are not back yet */
	struct held *held;	/* who holds them, NULL: nobody has looked */
	struct race_receiver softirq;
	struct race_switcher rtnl;
};

/* What was counted since the detectors were loaded. */
struct race_totals {
	uint64_t all;	  /* races of all codes */
	uint64_t limited; /* part of all: not reported, because too many came at once */
	uint64_t lost;	  /* part of all: not reported, because the ring buffer was full */
	uint64_t missed;  /* events that came while their own detector was running */
	uint64_t full;	  /* entries that did not fit into a table */
	struct {
		const char *code;
		uint64_t seen;
	} codes[RACE_CODES_MAX];
	size_t num; /* of codes */
};

/* Net_iovs that a socket has of the binding. */
static inline uint32_t holder_niovs(const struct holder *h)
{
	return h->user + h->queued;
}

/**
 * race_new() - make a race with everything unknown
 *
 * Return: the race, with one reference to it. Memory that runs out ends the program.
 */
struct race *race_new(void);

/**
 * race_share() - add a reference
 * @race: race
 *
 * Return: @race.
 */
struct race *race_share(struct race *race);

/**
 * race_put() - drop a reference; the last one frees the race
 * @race: NULL is allowed
 */
void race_put(struct race *race);

/**
 * race_add_function() - add a function to a stack
 * @stack: stack
 * @name: its name, which is copied
 */
void race_add_function(struct race_stack *stack, const char *name);

/**
 * race_between() - the time from the last step of the side that configures to the side that
 * receives
 * @race: race
 * @ns: gets nanoseconds, negative when the side that receives came first
 *
 * Return: false when one of the sides is missing.
 */
bool race_between(const struct race *race, int64_t *ns);

/**
 * held_new() - make an answer which says that nobody has looked
 *
 * Return: the answer. Memory that runs out ends the program.
 */
struct held *held_new(void);

#endif
