// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A page of text with attributes.
 */
#include "screen.h"

#include <err.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* No character of UTF-8 takes more bytes. */
#define CHAR_MAX_BYTES 4

struct screen *screen_new(unsigned int width)
{
	struct screen *s = calloc(1, sizeof(*s));

	if (!s)
		err(EXIT_FAILURE, "drawing");
	s->width = width;
	return s;
}

void screen_free(struct screen *s)
{
	size_t i;

	if (!s)
		return;
	for (i = 0; i < s->num; i++)
		free(s->lines[i].text);
	free(s->lines);
	free(s);
}

void screen_newline(struct screen *s)
{
	struct screen_line *line;

	s->lines = reallocarray(s->lines, s->num + 1, sizeof(*s->lines));
	if (!s->lines)
		err(EXIT_FAILURE, "drawing");
	line = &s->lines[s->num++];
	memset(line, 0, sizeof(*line));
	line->text = calloc(s->width + 1, CHAR_MAX_BYTES);
	if (!line->text)
		err(EXIT_FAILURE, "drawing");
}

/* Bytes 10xxxxxx continue a character. */
static int is_start(char c)
{
	return (c & 0xc0) != 0x80;
}

unsigned int screen_columns(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += is_start(*text);
	return n;
}

void screen_put(struct screen *s, enum screen_attr attr, const char *fmt, ...)
{
	struct screen_line *line = &s->lines[s->num - 1];
	size_t start = line->len;
	char buf[1024];
	const char *p;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	for (p = buf; *p; p++) {
		/* Bytes that only claim to continue a character take no column, but room. */
		if (line->len >= (size_t)s->width * CHAR_MAX_BYTES)
			break;
		if (is_start(*p)) {
			if (line->columns == s->width)
				break;
			line->columns++;
		}
		/* What an interface or a process calls itself must not steer the terminal. */
		line->text[line->len++] = (unsigned char)*p < ' ' || *p == 0x7f ? '?' : *p;
	}
	line->text[line->len] = '\0';
	if (attr == ATTR_PLAIN || line->len == start || line->num_spans == SCREEN_SPANS)
		return;
	line->spans[line->num_spans++] = (struct screen_span){ start, line->len - start, attr };
}

void screen_pad(struct screen *s, unsigned int column)
{
	const struct screen_line *line = &s->lines[s->num - 1];

	if (column > line->columns)
		screen_put(s, ATTR_PLAIN, "%*s", (int)(column - line->columns), "");
}

void screen_select(struct screen *s)
{
	struct screen_line *line = &s->lines[s->num - 1];

	screen_pad(s, s->width);
	line->spans[0] = (struct screen_span){ 0, line->len, ATTR_SELECTED };
	line->num_spans = 1;
}

unsigned int screen_room(const struct screen *s)
{
	return s->width - s->lines[s->num - 1].columns;
}

void screen_print(const struct screen *s, FILE *f)
{
	size_t i;

	for (i = 0; i < s->num; i++) {
		size_t len = s->lines[i].len;

		while (len && s->lines[i].text[len - 1] == ' ')
			len--;
		fprintf(f, "%.*s\n", (int)len, s->lines[i].text);
	}
}
