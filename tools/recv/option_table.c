// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The command line as a table, with argp.
 */
#include "recv/option_table.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "lib/numbers.h"
#include "recv/util.h"

/* Key of the first row, should it have no short form: beyond all characters. */
#define FIRST_KEY 256

/* What argp hands to parse(). */
struct parsing {
	const struct option_table *table;
	void *options;
};

static int key_of(const struct option_table *table, size_t row)
{
	return table->rows[row].key ? table->rows[row].key : FIRST_KEY + (int)row;
}

/* Fields are as wide as what they are for, so both are in use. */
static void put_number(void *field, size_t width, uint64_t value)
{
	assert(width == sizeof(uint32_t) || width == sizeof(uint64_t));
	if (width == sizeof(uint32_t))
		*(uint32_t *)field = value;
	else
		*(uint64_t *)field = value;
}

static void put_flag(void *field, size_t width, bool value)
{
	assert(width == sizeof(bool));
	*(bool *)field = value;
}

static void read_number(struct argp_state *state, const struct option_row *row, const char *arg,
			void *field)
{
	uint64_t value;

	if (!parse_number(arg, row->min, row->max, &value)) {
		if (row->noun)
			argp_error(state, "--%s: \"%s\" is no %s", row->name, arg, row->noun);
		argp_error(state, "--%s: \"%s\" is no number from %llu to %llu", row->name, arg,
			   (unsigned long long)row->min, (unsigned long long)row->max);
	}
	put_number(field, row->width, value * (row->unit ? row->unit : 1));
}

static void read_size(struct argp_state *state, const struct option_row *row, const char *arg,
		      void *field)
{
	uint64_t value;

	if (!parse_size(arg, row->min, row->max, &value))
		argp_error(state, "--%s: \"%s\" is no %s", row->name, arg,
			   row->noun ? row->noun : "size, or not in range");
	put_number(field, row->width, value);
}

static void read_seconds(struct argp_state *state, const struct option_row *row, const char *arg,
			 void *field)
{
	uint64_t value;

	if (!parse_seconds(arg, row->min, row->max, &value))
		argp_error(state, "--%s: \"%s\" is no number of seconds", row->name, arg);
	put_number(field, row->width, value);
}

static void read_endpoint(struct argp_state *state, const struct option_row *row, const char *arg,
			  void *field)
{
	const char *wrong;

	assert(row->width == sizeof(struct endpoint));
	wrong = parse_endpoint(arg, field);
	if (wrong)
		argp_error(state, "--%s: \"%s\": %s", row->name, arg, wrong);
}

static void read_row(struct argp_state *state, const struct option_row *row, char *arg,
		     void *options)
{
	void *field = (char *)options + row->field;

	switch (row->kind) {
	case OPTION_HEADING:
		break;
	case OPTION_TURN_ON:
	case OPTION_TURN_OFF:
		put_flag(field, row->width, row->kind == OPTION_TURN_ON);
		break;
	case OPTION_NUMBER:
		read_number(state, row, arg, field);
		break;
	case OPTION_SIZE:
		read_size(state, row, arg, field);
		break;
	case OPTION_SECONDS:
		read_seconds(state, row, arg, field);
		break;
	case OPTION_ENDPOINT:
		read_endpoint(state, row, arg, field);
		break;
	case OPTION_OWN:
		row->read(state, row->name, arg, options);
		break;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct parsing *p = state->input;
	size_t i;

	switch (key) {
	case ARGP_KEY_ARG:
		argp_error(state, "what is \"%s\"?", arg);
		return 0;
	case ARGP_KEY_END:
		p->table->check(state, p->options);
		return 0;
	}
	for (i = 0; i < p->table->num; i++) {
		if (key_of(p->table, i) != key)
			continue;
		read_row(state, &p->table->rows[i], arg, p->options);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

void option_table_parse(const struct option_table *table, void *options, int argc, char **argv)
{
	struct parsing p = { .table = table, .options = options };
	/* The last one stays empty: the end. */
	struct argp_option *list = calloc(table->num + 1, sizeof(*list));
	struct argp argp = { .options = list, .parser = parse, .doc = table->doc };
	size_t i;
	int group = 0;

	if (!list) {
		complain("out of memory");
		exit(EXIT_FAILURE);
	}
	for (i = 0; i < table->num; i++) {
		const struct option_row *row = &table->rows[i];

		if (row->kind == OPTION_HEADING)
			group++;
		else
			list[i].key = key_of(table, i);
		list[i].name = row->name;
		list[i].arg = row->arg;
		list[i].doc = row->help;
		list[i].group = group;
	}
	argp_parse(&argp, argc, argv, 0, NULL, &p);
	free(list);
}
