// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A snapshot as CSV (RFC 4180, but lines end as they do here). The columns are those of a queue
 * in JSON, so that the two cannot drift apart.
 */
#include "output/csv.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "model/rates.h"
#include "output/json.h"
#include "output/outputs.h"

/* Bytes of a control character at the beginning of a text, which is UTF-8. */
static size_t control_bytes(const char *text)
{
	unsigned char c = text[0];

	if (c < ' ' || c == 0x7f)
		return 1;
	return c == 0xc2 && (unsigned char)text[1] < 0xa0 ? 2 : 0;
}

/*
 * One string, with quotes if it needs them. Control characters in a name must not reach a terminal.
 */
static void put_string(FILE *f, const char *text)
{
	bool quoted = strpbrk(text, ",\"");

	if (quoted)
		fputc('"', f);
	while (*text) {
		size_t control = control_bytes(text);

		if (*text == '"')
			fputc('"', f);
		fputc(control ? '?' : *text, f);
		text += control ? control : 1;
	}
	if (quoted)
		fputc('"', f);
}

static void put_value(FILE *f, const json_t *value)
{
	char *number;

	switch (json_typeof(value)) {
	case JSON_STRING:
		put_string(f, json_string_value(value));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		fputs(json_is_true(value) ? "1" : "0", f);
		break;
	case JSON_INTEGER:
		fprintf(f, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		/* As in JSON: with a decimal point in every language. */
		number = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
		if (!number)
			errx(EXIT_FAILURE, "writing CSV: out of memory");
		fputs(number, f);
		free(number);
		break;
	default:
		break;
	}
}

/* Objects inside of objects become PARENT_CHILD; @names: the names instead of the values. */
static void put_object(FILE *f, json_t *object, const char *prefix, bool names)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value) {
		char name[128];

		snprintf(name, sizeof(name), "%s%s", prefix, key);
		if (json_is_object(value)) {
			strncat(name, "_", sizeof(name) - strlen(name) - 1);
			put_object(f, value, name, names);
			continue;
		}
		fputc(',', f);
		if (names)
			put_string(f, name);
		else
			put_value(f, value);
	}
}

static void close_text(FILE *f)
{
	if (fclose(f))
		err(EXIT_FAILURE, "writing CSV");
}

static FILE *open_text(char **text, size_t *size)
{
	FILE *f = open_memstream(text, size);

	if (!f)
		err(EXIT_FAILURE, "writing CSV");
	return f;
}

char *view_csv_heading(void)
{
	struct snapshot *any = snapshot_new();
	json_t *queue = view_json_queue(snapshot_queue(any, 1, 0), NULL, 0);
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_text(&text, &size);

	fputs("time_unix_ns,interval_s,netns_inode,lost_events_count,incomplete", f);
	put_object(f, queue, "", true);
	fputc('\n', f);
	close_text(f);
	json_decref(queue);
	snapshot_free(any);
	return text;
}

char *view_csv(const struct snapshot *now, const struct snapshot *before, bool all)
{
	double seconds = snapshot_seconds(now, before);
	uint64_t lost = snapshot_totals(now, before).lost;
	char *text = NULL;
	size_t size = 0, i;
	FILE *f = open_text(&text, &size);

	for (i = 0; i < now->queues.num; i++) {
		const struct queue_row *q = queue_at(now, i);
		json_t *object;

		if (!all && !queue_is_shown(q))
			continue;
		fprintf(f, "%llu,", (unsigned long long)now->wall_ns);
		if (before)
			fprintf(f, "%.3f", seconds);
		fputc(',', f);
		if (now->netns)
			fprintf(f, "%u", now->netns);
		fputc(',', f);
		if (lost != UNKNOWN)
			fprintf(f, "%llu", (unsigned long long)lost);
		fputc(',', f);
		put_string(f, now->incomplete);
		object = view_json_queue(q, snapshot_find_queue(before, q->ifindex, q->queue),
					 seconds);
		put_object(f, object, "", false);
		json_decref(object);
		fputc('\n', f);
	}
	close_text(f);
	return text;
}

/* Text and JSON say it themselves. */
static void warn_sources(const struct snapshot *now)
{
	char text[64] = "";
	int i;

	for (i = SOURCES - 1; i >= 0; i--)
		if (now->sources & 1U << i)
			sprintf(text + strlen(text), " %s", source_name(i));
	warnx("sources:%s", text);
}

static void print_heading(FILE *f, const struct snapshot *first)
{
	char *heading = view_csv_heading();

	warn_sources(first);
	fputs(heading, f);
	free(heading);
}

static void print_sample(FILE *f, const struct snapshot *now, const struct snapshot *before,
			 bool all)
{
	char *text = view_csv(now, before, all);

	fputs(text, f);
	free(text);
}

const struct output output_csv = {
	.option = "csv",
	.letter = 'c',
	.help = "Print a heading and then a line per queue and sample",
	.begin = print_heading,
	.sample = print_sample,
};
