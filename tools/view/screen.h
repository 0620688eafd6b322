/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A page of text with attributes: what rendering makes, and what the live view, the batch mode and
 * the tests show. Characters are those of LC_CTYPE, as wide as the terminal draws them. Text from
 * outside may have any characters: those that would control a terminal are drawn as "?".
 */
#ifndef DEVMEMTOP_VIEW_SCREEN_H
#define DEVMEMTOP_VIEW_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum screen_attr {
	ATTR_PLAIN,
	ATTR_TITLE,
	ATTR_HEADER,
	ATTR_GOOD,
	ATTR_WARN,
	ATTR_BAD,
	ATTR_DIM,
	ATTR_KEY,
	ATTR_USER, /* this and below: the places of a stacked bar */
	ATTR_SOCKET,
	ATTR_POSTED,
	ATTR_RING,
	ATTR_CACHE,
	SCREEN_ATTRS,
};

#define SCREEN_SPANS 48

/* A stretch of text with one attribute. */
struct screen_span {
	size_t start; /* byte offset */
	size_t len;   /* bytes */
	enum screen_attr attr;
};

struct screen_line {
	char *text;
	size_t len;
	unsigned int columns;
	struct screen_span spans[SCREEN_SPANS];
	unsigned int num_spans;
	bool selected; /* the whole line, whatever its spans are */
	bool cut;      /* its last character says that there was more */
};

struct screen {
	unsigned int width; /* lines are cut here */
	bool utf8;	    /* the terminal shows it: for the mark where something was cut */
	struct screen_line *lines;
	size_t num;
	/*
	 * Where a cursor can go: rows of a table or first lines of a text, and how many are seen.
	 */
	size_t rows;
	size_t seen;
};

/**
 * screen_new() - start an empty page
 * @width: columns
 *
 * Return: the page.
 */
struct screen *screen_new(unsigned int width);

/**
 * screen_free() - give a page up
 * @s: NULL is allowed
 */
void screen_free(struct screen *s);

/**
 * screen_newline() - start another line; needed before the first text, too
 * @s: page
 */
void screen_newline(struct screen *s);

/**
 * screen_put() - add text to the last line; what is more than the page's width is cut off, and
 * the line ends with a mark that says so
 * @s: page
 * @attr: how it looks
 * @fmt: as printf()
 */
void screen_put(struct screen *s, enum screen_attr attr, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * screen_mark_cut() - make the end of a line say that there was more
 * @s: page
 * @line: one of its lines
 */
void screen_mark_cut(const struct screen *s, struct screen_line *line);

/**
 * screen_cell() - add text of exactly so many columns to the last line
 * @s: page
 * @attr: how the text looks; blanks around it are plain
 * @text: what; when it is too long its middle is cut out, with a mark in its place
 * @width: columns
 * @left: blanks come behind it, not before it
 */
void screen_cell(struct screen *s, enum screen_attr attr, const char *text, unsigned int width,
		 bool left);

/**
 * screen_remove() - take lines out
 * @s: page
 * @first: the first of them
 * @num: how many
 */
void screen_remove(struct screen *s, size_t first, size_t num);

/**
 * screen_select() - make the whole last line look selected
 * @s: page
 */
void screen_select(struct screen *s);

/**
 * screen_room() - how many columns are left in the last line
 * @s: page
 *
 * Return: columns.
 */
unsigned int screen_room(const struct screen *s);

/**
 * screen_columns() - how many columns a text takes
 * @text: text
 *
 * Return: columns.
 */
unsigned int screen_columns(const char *text);

/**
 * screen_heading() - a line that begins a part of a page, with an empty one before it
 * @s: page
 * @fmt: as printf()
 */
void screen_heading(struct screen *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * screen_wrapped() - draw a text in as many lines as it needs, broken at blanks
 * @s: page
 * @attr: how
 * @indent: where the lines after the first one begin
 * @text: text
 */
void screen_wrapped(struct screen *s, enum screen_attr attr, unsigned int indent, const char *text);

/**
 * screen_print() - write a page without attributes, blanks at line ends removed
 * @s: page
 * @f: where to
 */
void screen_print(const struct screen *s, FILE *f);

#endif
