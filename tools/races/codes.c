// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the numbers of a race's report mean.
 */
#include "races/codes.h"

#include "contract/races.h"
#include "probes/facts_table.h"

/* The sentence goes on with how far the restart came. */
#define SWITCHING_FAILED "switching from {binding} to {queue_binding} failed ({error}): "

/* For {fields} see output/races_text.c. */
static const struct {
	const char *name;
	const char *says;
	uint64_t
		needs; /* facts; without any it is not watched for, and `devmemtop races` says so */
} codes[RACE_CODES] = {
	[RACE_ALLOC_IN_RESTART] = {
		.name = "ALLOC_IN_RESTART",
		.says = "a net_iov of {binding} was taken from pool {pool} while the queue was stopped",
		.needs = FACT(SEEN_RESTARTS) | FACT(SEEN_PHASES) | FACT(SEEN_POLLS) | FACT(SEEN_TAKES) | FACT(SEEN_POOLS),
	},
	[RACE_STALE_DELIVERY] = {
		.name = "STALE_DELIVERY",
		.says = "a packet came with a net_iov of {binding} (pool {pool}), but the queue has {queue_binding}",
		.needs = FACT(SEEN_RESTARTS) | FACT(SEEN_PHASES) | FACT(SEEN_PACKETS),
	},
	[RACE_MIXED_FRAGS] = {
		.name = "MIXED_FRAGS",
		.says = "a packet came with net_iovs of {binding} and with pages",
		.needs = FACT(SEEN_PACKETS),
	},
	[RACE_MIXED_STREAM] = {
		.name = "MIXED_STREAM",
		.says = "a flow on a queue with {queue_binding} came with net_iovs, then with pages",
		.needs = FACT(SEEN_RESTARTS) | FACT(SEEN_PACKETS),
	},
	[RACE_POOL_SHARED] = {
		.name = "POOL_SHARED",
		.says = "NAPIs {other_napi} and {napi} both take from pool {pool} of {binding}",
		.needs = FACT(SEEN_POLLS) | FACT(SEEN_TAKES),
	},
	[RACE_BINDING_MISMATCH] = {
		.name = "BINDING_MISMATCH",
		.says = "the queue has {queue_binding}, but none of its pools is of it",
		.needs = FACT(SEEN_RESTARTS) | FACT(SEEN_PROVIDERS),
	},
	[RACE_PROVIDER_GONE] = {
		.name = "PROVIDER_GONE",
		.says = "NAPI takes from pool {pool} of {binding}, which the queue no longer has, and no restart stopped it",
		.needs = FACT(SEEN_RESTARTS) | FACT(SEEN_POLLS) | FACT(SEEN_TAKES),
	},
	[RACE_RESTART_FAILED] = {
		.name = "RESTART_FAILED",
		.says = SWITCHING_FAILED "how far it came was not seen",
		.needs = FACT(SEEN_RESTARTS),
	},
	[RACE_DOUBLE_FREE] = {
		.name = "DOUBLE_FREE",
		.says = "a net_iov was given back to pool {pool} of {binding} that was in its binding already",
		.needs = FACT(SEEN_GIVES),
	},
	[RACE_FOREIGN_FREE] = {
		.name = "FOREIGN_FREE",
		.says = "a net_iov of pool {other_pool} was given to pool {pool} of {binding}",
		.needs = FACT(SEEN_GIVES),
	},
	[RACE_NO_RTNL] = {
		.name = "NO_RTNL",
		.says = "something without the lock that protects it",
		.needs = FACT(SEEN_RESTARTS) | FACT(SEEN_LOCK),
	},
	[RACE_UNBOUND_HELD] = {
		.name = "UNBOUND_HELD",
		.says = "{binding} was unbound {age} ago by {rtnl_task}, and {outstanding} net_iovs are still held{held_by}",
		.needs = FACT(SEEN_UNBINDS) | FACT(SEEN_AGES) | FACT(SEEN_OUT),
	},
	[RACE_RESTART_STUCK] = {
		.name = "RESTART_STUCK",
		.says = "a restart to {queue_binding} has been under way for {age}, phase: {phase}",
		.needs = FACT(SEEN_RESTARTS) | FACT(SEEN_AGES),
	},
};

static const char *const phase_names[RACE_PHASES] = {
	[PHASE_NONE] = "none",		 [PHASE_BEGIN] = "begun",
	[PHASE_ALLOCATED] = "allocated", [PHASE_STOPPED] = "stopped",
	[PHASE_STARTED] = "started",	 [PHASE_UNDOING] = "start failed",
	[PHASE_UNDONE] = "rolled back",	 [PHASE_DEAD] = "dead",
	[PHASE_ENDED] = "ended",
};

/* The sentence of a detail replaces the sentence of its code. */
static const struct {
	const char *name;
	unsigned int code; /* the code that the sentence belongs to */
	const char *says;
} details[RACE_DETAILS] = {
	[DETAIL_OLD_POOL] = {
		.name = "old_pool",
		.code = RACE_RESTART_FAILED,
		.says = SWITCHING_FAILED "the queue was not stopped and is still on its old pool",
	},
	[DETAIL_ROLLED_BACK] = {
		.name = "rolled_back",
		.code = RACE_RESTART_FAILED,
		.says = SWITCHING_FAILED "the queue was rolled back to its old pool",
	},
	[DETAIL_DEAD] = {
		.name = "dead",
		.code = RACE_RESTART_FAILED,
		.says = SWITCHING_FAILED "the queue is dead: set the link down and up",
	},
	[DETAIL_TWO_NAPIS] = { .name = "two_napis" },
	[DETAIL_TWO_CPUS] = {
		.name = "two_cpus",
		.code = RACE_POOL_SHARED,
		.says = "CPUs {other_cpu} and {cpu} take from pool {pool} of {binding} at once",
	},
	[DETAIL_WRONG_POOL] = {
		.name = "wrong_pool",
		.code = RACE_BINDING_MISMATCH,
		.says = "the queue has {queue_binding}, but pool {pool} of {binding} is still in use",
	},
	[DETAIL_NO_POOL] = { .name = "no_pool" },
	[DETAIL_CLEARED] = { .name = "cleared" },
	[DETAIL_UNMAPPED] = {
		.name = "unmapped",
		.code = RACE_PROVIDER_GONE,
		.says = "the DMA mapping of {binding} is dropped, and the queue runs",
	},
	[DETAIL_IN_POOL] = {
		.name = "in_pool",
		.code = RACE_DOUBLE_FREE,
		.says = "a net_iov was given back to pool {pool} of {binding} that was in a pool already",
	},
	[DETAIL_IN_BINDING] = { .name = "in_binding" },
	[DETAIL_IN_USE] = {
		.name = "in_use",
		.code = RACE_DOUBLE_FREE,
		.says = "a net_iov was given back to pool {pool} of {binding} that somebody still refers to",
	},
	[DETAIL_BIND] = {
		.name = "bind",
		.code = RACE_NO_RTNL,
		.says = "bind without the lock that protects it",
	},
	[DETAIL_UNBIND] = {
		.name = "unbind",
		.code = RACE_NO_RTNL,
		.says = "unbind without the lock that protects it",
	},
	[DETAIL_RESTART] = {
		.name = "restart",
		.code = RACE_NO_RTNL,
		.says = "restart without the lock that protects it",
	},
};

const char *race_code_name(unsigned int code)
{
	return code < RACE_CODES ? codes[code].name : "?";
}

const char *race_code_says(unsigned int code, unsigned int detail)
{
	if (code >= RACE_CODES)
		return "a race of a code that this devmemtop does not know";
	if (detail < RACE_DETAILS && details[detail].says && details[detail].code == code)
		return details[detail].says;
	return codes[code].says;
}

uint64_t race_code_needs(unsigned int code)
{
	return code < RACE_CODES ? codes[code].needs : 0;
}

const char *race_phase_name(unsigned int phase)
{
	return phase < RACE_PHASES ? phase_names[phase] : "?";
}

const char *race_detail_name(unsigned int detail)
{
	return detail < RACE_DETAILS ? details[detail].name : "?";
}
