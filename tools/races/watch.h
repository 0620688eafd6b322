/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The race detectors: functions to load them, take their reports and read their counts.
 */
#ifndef DEVMEMTOP_RACES_WATCH_H
#define DEVMEMTOP_RACES_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contract/races.h"

struct races;

struct races_options {
	uint64_t held_ns;  /* how long net_iovs may be held after their binding's unbind */
	uint64_t stuck_ns; /* how long a restart may take */
	bool follow_frees; /* a map entry for each net_iov: finds every DOUBLE_FREE, costs more */
	const char *lock;  /* symbol of the mutex that protects queues, NULL: rtnl_mutex */
};

/* Default values for interactive use. */
#define RACES_HELD_NS  (10 * 1000000000ULL)
#define RACES_STUCK_NS (5 * 1000000000ULL)

/* What the kernel has counted since races_open(). */
struct races_totals {
	uint64_t all;		   /* races of all codes */
	uint64_t seen[RACE_CODES]; /* by code */
	uint64_t limited;	   /* part of all: not reported, because too many came at once */
	uint64_t lost;		   /* part of all: not reported, because the ring was full */
	uint64_t missed;	   /* events that came while their own detector was running */
	uint64_t full;		   /* entries that did not fit into a table */
};

/**
 * races_open() - load and attach the detectors
 * @opt: options, NULL: the default values
 * @text: gets one line that says what cannot be watched and what to do; empty when all can
 * @size: bytes in @text
 *
 * Nothing is pinned: everything is gone after closing, or when the process ends, even by a signal.
 *
 * Return: the detectors, or NULL with the reason in @text.
 */
struct races *races_open(const struct races_options *opt, char *text, size_t size);

/**
 * races_close() - detach and unload
 * @r: NULL is allowed
 */
void races_close(struct races *r);

/**
 * races_fd() - what to poll for reports
 * @r: detectors
 *
 * Return: a file descriptor, readable when races_take() has something to do.
 */
int races_fd(const struct races *r);

typedef void (*races_report_fn)(const struct race_report *report, void *arg);

/**
 * races_take() - take the reports that wait
 * @r: detectors
 * @fn: called for each report, NULL: drop them
 * @arg: for @fn
 */
void races_take(struct races *r, races_report_fn fn, void *arg);

/**
 * races_check_ages() - look for what takes too long; call it about once a second
 * @r: detectors
 *
 * This finds UNBOUND_HELD and RESTART_STUCK; their reports come like all others.
 */
void races_check_ages(struct races *r);

/**
 * races_read() - read the counts
 * @r: detectors
 * @totals: gets them
 */
void races_read(const struct races *r, struct races_totals *totals);

/**
 * races_watches() - can the detectors see a code on this kernel?
 * @r: detectors
 * @code: enum race_code
 *
 * Return: true when they can.
 */
bool races_watches(const struct races *r, unsigned int code);

/**
 * races_why() - why the detectors cannot see a code
 * @r: detectors
 * @code: enum race_code
 *
 * Return: a few words, "" when they can.
 */
const char *races_why(const struct races *r, unsigned int code);

struct bpf_object;

/**
 * races_object() - the loaded programs themselves, to measure them
 * @r: detectors
 *
 * Return: libbpf's object.
 */
struct bpf_object *races_object(const struct races *r);

#endif
