// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A page of text with attributes.
 */
#include "view/screen.h"

#include <err.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* The most bytes that a character takes. */
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

/* A character as it is drawn. */
struct glyph {
	const char *text;
	size_t len;  /* bytes of it */
	size_t used; /* bytes that it was made from */
	unsigned int columns;
};

/* Such characters have no width and change the order or the look of the text around them. */
static bool is_invisible(wchar_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* The first character of a text that is not empty. */
static struct glyph first_glyph(const char *text)
{
	mbstate_t state = { 0 };
	size_t used;
	wchar_t c;
	int columns;

	/* Nearly all characters are in this range. */
	if (*text >= ' ' && *text <= '~')
		return (struct glyph){ text, 1, 1, 1 };
	used = mbrtowc(&c, text, strnlen(text, MB_LEN_MAX), &state);
	columns = used && used <= MB_LEN_MAX ? wcwidth(c) : -1;
	if (columns >= 0 && !is_invisible(c))
		return (struct glyph){ text, used, used, columns };
	/* Bytes that are no character are skipped one by one. */
	return (struct glyph){ "?", 1, used > MB_LEN_MAX ? 1 : used, 1 };
}

unsigned int screen_columns(const char *text)
{
	unsigned int n = 0;
	struct glyph g;

	for (; *text; text += g.used) {
		g = first_glyph(text);
		n += g.columns;
	}
	return n;
}

static const char *cut_mark(const struct screen *s)
{
	return s->utf8 ? "…" : "+";
}

void screen_mark_cut(const struct screen *s, struct screen_line *line)
{
	const char *mark = cut_mark(s);
	unsigned int columns = 0;
	size_t len = 0;

	if (line->cut)
		return;
	line->cut = true;
	while (line->text[len]) {
		struct glyph g = first_glyph(line->text + len);

		if (columns + g.columns > s->width - 1)
			break;
		columns += g.columns;
		len += g.used;
	}
	while (line->num_spans && line->spans[line->num_spans - 1].start >= len)
		line->num_spans--;
	if (line->num_spans) {
		struct screen_span *last = &line->spans[line->num_spans - 1];

		if (last->start + last->len > len)
			last->len = len - last->start;
	}
	strcpy(line->text + len, mark);
	line->len = len + strlen(mark);
	line->columns = columns + 1;
}

/* Stretches that touch and look alike are one. */
static void add_span(struct screen_line *line, size_t start, enum screen_attr attr)
{
	struct screen_span *last = line->num_spans ? &line->spans[line->num_spans - 1] : NULL;

	if (attr == ATTR_PLAIN || line->len <= start)
		return;
	if (last && last->attr == attr && last->start + last->len == start)
		last->len = line->len - last->start;
	else if (line->num_spans < SCREEN_SPANS)
		line->spans[line->num_spans++] =
			(struct screen_span){ start, line->len - start, attr };
}

void screen_put(struct screen *s, enum screen_attr attr, const char *fmt, ...)
{
	struct screen_line *line = &s->lines[s->num - 1];
	size_t start = line->len;
	char buf[1024];
	struct glyph g;
	const char *p;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	for (p = buf; *p; p += g.used) {
		g = first_glyph(p);
		/* Characters without a width take no column, but room. */
		if (line->len + g.len > (size_t)s->width * CHAR_MAX_BYTES)
			break;
		if (line->columns + g.columns > s->width)
			break;
		memcpy(line->text + line->len, g.text, g.len);
		line->len += g.len;
		line->columns += g.columns;
	}
	line->text[line->len] = '\0';
	add_span(line, start, attr);
	if (p[strspn(p, " ")])
		screen_mark_cut(s, line);
}

/* As much of a text as fits, and the rest of it from there on. */
static const char *take_columns(const char *text, unsigned int columns)
{
	while (*text) {
		struct glyph g = first_glyph(text);

		if (g.columns > columns)
			break;
		columns -= g.columns;
		text += g.used;
	}
	return text;
}

void screen_cell(struct screen *s, enum screen_attr attr, const char *text, unsigned int width,
		 bool left)
{
	unsigned int columns = screen_columns(text), head, blanks;
	const char *end, *tail;

	if (!left && columns < width)
		screen_put(s, ATTR_PLAIN, "%*s", (int)(width - columns), "");
	if (columns <= width) {
		screen_put(s, attr, "%s", text);
		if (left && columns < width)
			screen_put(s, ATTR_PLAIN, "%*s", (int)(width - columns), "");
		return;
	}
	/* Names of a kind often differ at their ends: enp65s0f0np0, enp65s0f1np1. */
	head = width / 2;
	end = take_columns(text, head);
	for (tail = end; screen_columns(tail) > width - 1 - head;)
		tail += first_glyph(tail).used;
	screen_put(s, attr, "%.*s%s%s", (int)(end - text), text, cut_mark(s), tail);
	blanks = width - 1 - screen_columns(tail);
	for (; text != end; text += first_glyph(text).used)
		blanks -= first_glyph(text).columns;
	screen_put(s, ATTR_PLAIN, "%*s", (int)blanks, "");
}

/* Fills the last line with blanks up to a column. */
static void pad(struct screen *s, unsigned int column)
{
	const struct screen_line *line = &s->lines[s->num - 1];

	if (column > line->columns)
		screen_put(s, ATTR_PLAIN, "%*s", (int)(column - line->columns), "");
}

void screen_remove(struct screen *s, size_t first, size_t num)
{
	size_t i;

	for (i = first; i < first + num; i++)
		free(s->lines[i].text);
	memmove(&s->lines[first], &s->lines[first + num],
		(s->num - first - num) * sizeof(*s->lines));
	s->num -= num;
}

void screen_select(struct screen *s)
{
	pad(s, s->width);
	s->lines[s->num - 1].selected = true;
}

unsigned int screen_room(const struct screen *s)
{
	return s->width - s->lines[s->num - 1].columns;
}

void screen_heading(struct screen *s, const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	screen_newline(s);
	screen_newline(s);
	screen_put(s, ATTR_TITLE, "%s", text);
}

void screen_wrapped(struct screen *s, enum screen_attr attr, unsigned int indent, const char *text)
{
	while (*text) {
		const char *end = strchr(text, ' ');
		size_t len = end ? (size_t)(end - text) : strlen(text);

		if (len > screen_room(s) && s->lines[s->num - 1].columns > indent) {
			screen_newline(s);
			pad(s, indent);
		}
		screen_put(s, attr, "%.*s%s", (int)len, text, end ? " " : "");
		text += len + (end ? 1 : 0);
	}
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
