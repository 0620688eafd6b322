/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Accounts by queue. Page pools and their counters come and go with every rebind, but a queue
 * stays. The functions here credit a queue with what its pools counted, so that its counters only
 * grow.
 */
#ifndef DEVMEMTOP_COLLECT_ACCOUNT_H
#define DEVMEMTOP_COLLECT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/snapshot.h"

struct account;

/**
 * account_new() - open accounts, all empty
 *
 * Return: the accounts.
 */
struct account *account_new(void);

/**
 * account_free() - close them
 * @acc: NULL is allowed
 */
void account_free(struct account *acc);

/**
 * account_credit() - credit a queue with its events
 * @acc: accounts
 * @ifindex: interface
 * @queue: rx queue
 * @member: offset of the counter in struct counters
 * @count: how many events
 */
void account_credit(struct account *acc, uint32_t ifindex, uint32_t queue, size_t member,
		    uint64_t count);

/**
 * account_pools() - credit queues with the growth of their pools' statistics
 * @acc: accounts
 * @snap: settled snapshot
 *
 * What pools have counted before the first call is credited to no queue.
 */
void account_pools(struct account *acc, const struct snapshot *snap);

/**
 * account_fill() - write the accounts into the queues of a snapshot
 * @acc: accounts
 * @snap: snapshot; queues that it does not have are left out
 * @events: the counters of events are known, so a queue without an account has 0 events
 */
void account_fill(const struct account *acc, struct snapshot *snap, bool events);

#endif
