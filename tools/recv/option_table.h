/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The command line as a table: a row holds all there is to know of an option but what it is for.
 */
#ifndef DEVMEMTOP_RECV_OPTION_TABLE_H
#define DEVMEMTOP_RECV_OPTION_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include <argp.h>

#include "lib/numbers.h"

/* More than a year is a mistake. */
#define MAX_SECONDS_NS (366 * 86400 * NSEC_PER_SEC)

/* What is done with the argument; TURN_ON and TURN_OFF have none. */
enum option_kind {
	OPTION_HEADING, /* no option: @help stands above those that follow */
	OPTION_TURN_ON,
	OPTION_TURN_OFF,
	OPTION_NUMBER,
	OPTION_SIZE,	 /* bytes, with K, M, G */
	OPTION_SECONDS,	 /* may have decimals, become nanoseconds */
	OPTION_ENDPOINT, /* ADDRESS:PORT */
	OPTION_OWN,	 /* @read does it all */
};

/**
 * struct option_row - an option
 * @name: what follows the "--"
 * @key: its short form, 0: none
 * @arg: name of the argument in --help, NULL: has none
 * @help: what it does
 * @kind: what is done with the argument
 * @field: offset of where the value goes, see OPTION_FIELD
 * @width: bytes of that
 * @min: the smallest allowed, as it is typed; for seconds in nanoseconds
 * @max: likewise
 * @unit: a number is multiplied by this, 0: it is not
 * @noun: what a wrong argument is not, NULL: as the kind has it
 * @read: for OPTION_OWN; @name is for argp_error(), @options is what the program has
 */
struct option_row {
	const char *name;
	int key;
	const char *arg;
	const char *help;
	enum option_kind kind;
	size_t field;
	size_t width;
	uint64_t min;
	uint64_t max;
	uint64_t unit;
	const char *noun;
	void (*read)(struct argp_state *state, const char *name, char *arg, void *options);
};

/* A field of a structure, and how wide it is, for a row. */
#define OPTION_FIELD(type, member) \
	.field = offsetof(type, member), .width = sizeof(((type *)0)->member)

/**
 * struct option_table - the whole command line
 * @rows: options and headings, in the order of --help
 * @num: how many
 * @doc: as for argp
 * @check: called at the end; what is missing, or does not go together, is for argp_error()
 */
struct option_table {
	const struct option_row *rows;
	size_t num;
	const char *doc;
	void (*check)(struct argp_state *state, void *options);
};

/**
 * option_table_parse() - read the command line
 * @table: what it may have
 * @options: what the rows' fields are in, with its defaults
 * @argc: of main()
 * @argv: of main()
 *
 * Ends the program with a message when something is wrong with it, or after --help.
 */
void option_table_parse(const struct option_table *table, void *options, int argc, char **argv);

#endif
