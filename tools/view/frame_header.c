// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What stands above every page.
 */
#include "view/frame_header.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/format.h"
#include "lib/version.h"
#include "model/rates.h"

/* The parts of the header; when lines are scarce, later ones go first. */
enum part_rank {
	RANK_TRAFFIC,
	RANK_TROUBLE,
	RANK_TITLE,
	RANK_INCOMPLETE,
	RANK_BINDINGS,
	RANK_NOTE,
	RANK_LOSSES,
	RANKS,
};

struct header {
	struct screen *s;
	unsigned char rank[64]; /* of each line */
};

/* Lines drawn since the last call belong to this part. */
static void end_part(struct header *h, size_t first, enum part_rank rank)
{
	for (; first < h->s->num && first < sizeof(h->rank); first++)
		h->rank[first] = rank;
}

/* Two blanks, or a new line when what comes next has no room. */
static void make_room(struct screen *s, unsigned int columns)
{
	if (!s->lines[s->num - 1].columns)
		return;
	if (screen_room(s) < columns + 2)
		screen_newline(s);
	else
		screen_put(s, ATTR_PLAIN, "  ");
}

/* A text that stays together. */
__attribute__((format(printf, 3, 4))) static void put_piece(struct screen *s, enum screen_attr attr,
							    const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	make_room(s, screen_columns(text));
	screen_put(s, attr, "%s", text);
}

/* "value label" */
static void put_total(struct screen *s, const char *value, const char *label, enum screen_attr attr)
{
	make_room(s, screen_columns(value) + 1 + screen_columns(label));
	screen_put(s, attr, "%s", value);
	screen_put(s, ATTR_PLAIN, " %s", label);
}

static void put_title(struct screen *s, const struct snapshot *now, const struct view_options *opt)
{
	time_t seconds = now->wall_ns / 1000000000;
	char clock[16], sources[64] = "";
	struct tm tm;
	int i;

	localtime_r(&seconds, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	screen_newline(s);
	put_piece(s, ATTR_TITLE, "devmemtop " DEVMEMTOP_VERSION);
	put_piece(s, ATTR_PLAIN, "%s", clock);
	put_piece(s, ATTR_PLAIN, "every %gs", opt->interval);
	if (opt->paused)
		put_piece(s, ATTR_WARN, "paused");
	if (opt->filter)
		put_piece(s, ATTR_WARN, "only %s", opt->filter);
	for (i = SOURCES - 1; i >= 0; i--)
		if (now->sources & 1U << i)
			sprintf(sources + strlen(sources), " %s", source_name(i));
	put_piece(s, ATTR_PLAIN, "sources:%s", sources);
}

static void put_bindings(struct screen *s, const struct totals *t)
{
	char buf[FORMAT_MAX], of[FORMAT_MAX + 24];

	screen_newline(s);
	put_total(s, format_count(buf, t->bindings), t->bindings == 1 ? "binding" : "bindings",
		  ATTR_TITLE);
	if (t->unbound_bindings)
		put_total(s, format_count(buf, t->unbound_bindings), "of them unbound", ATTR_WARN);
	put_total(s, format_count(buf, t->queues), t->queues == 1 ? "queue" : "queues", ATTR_TITLE);
	put_total(s, format_bytes(buf, t->bindings ? t->size_bytes : 0), "dma-buf", ATTR_TITLE);
	snprintf(of, sizeof(of), "of %s net_iovs out",
		 format_count(buf, t->bindings ? t->niovs : 0));
	put_total(s, format_count(buf, t->bindings ? t->outstanding : 0), of, ATTR_TITLE);
}

static void put_traffic(struct screen *s, const struct totals *t)
{
	char buf[FORMAT_MAX];

	screen_newline(s);
	put_total(s, format_rate(buf, t->rates.rx_packets), "pkt/s", ATTR_TITLE);
	if (isnan(t->rates.rx_bytes))
		strcpy(buf, "-");
	else
		format_bytes(buf, (uint64_t)t->rates.rx_bytes);
	put_total(s, buf, "B/s", ATTR_TITLE);
	put_total(s, format_rate(buf, t->rates.niov_fails), "fail/s",
		  t->rates.niov_fails > 0 ? ATTR_BAD : ATTR_TITLE);
	put_total(s, format_count(buf, t->restarts), t->restarts == 1 ? "restart" : "restarts",
		  ATTR_TITLE);
	if (t->restart_failures && t->restart_failures != UNKNOWN)
		put_total(s, format_count(buf, t->restart_failures), "failed", ATTR_BAD);
	put_total(s, format_count(buf, t->races), t->races == 1 ? "race" : "races",
		  t->races && t->races != UNKNOWN ? ATTR_BAD : ATTR_TITLE);
	put_total(s, format_count(buf, t->lost), "lost events",
		  t->lost && t->lost != UNKNOWN ? ATTR_BAD : ATTR_TITLE);
}

/* Why events were lost: docs/devmemtop.md says what each reason means. */
static void put_losses(struct screen *s, const struct snapshot *now)
{
	const struct {
		uint64_t count;
		const char *why;
	} losses[] = {
		{ .count = now->lost_ring, .why = "lost: ring full" },
		{ .count = now->lost_missed, .why = "lost: recursion" },
		{ .count = now->lost_full, .why = "lost: table full" },
		{ .count = now->lost_races, .why = "races not reported" },
	};
	char buf[FORMAT_MAX];
	bool any = false;
	size_t i;

	for (i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		if (!losses[i].count)
			continue;
		if (!any)
			screen_newline(s);
		any = true;
		put_total(s, format_count(buf, losses[i].count), losses[i].why, ATTR_BAD);
	}
}

static void put_holder(struct screen *s, const struct socket_row *holder, bool trouble)
{
	const char *comm = holder->comm[0] ? holder->comm : "?";
	char buf[FORMAT_MAX], age[FORMAT_MAX], who[64];

	snprintf(who, sizeof(who), "%s (%u)", comm, holder->pid);
	make_room(s, strlen("most buffers: ") + screen_columns(who));
	screen_put(s, ATTR_PLAIN, "most buffers: ");
	screen_put(s, trouble ? ATTR_BAD : ATTR_TITLE, "%s", who);
	format_count(buf, holder->user_niovs);
	if (holder->oldest_ns == UNKNOWN)
		put_piece(s, ATTR_PLAIN, "%s as tokens", buf);
	else
		put_piece(s, ATTR_PLAIN, "%s as tokens, oldest %s%s", buf,
			  holder->oldest_before ? ">" : "", format_age(age, holder->oldest_ns));
	put_piece(s, ATTR_PLAIN, "%s in its socket", format_count(buf, holder->socket_niovs));
}

/* Room for the text about the largest holder. */
#define HOLDER_WIDTH 80

/* A user whose queue waits for buffers wants to know who has them. */
static void put_trouble(struct screen *s, const struct snapshot *now)
{
	const struct queue_row *worst = NULL;
	const struct socket_row *holder;
	char buf[FORMAT_MAX];
	size_t i;

	for (i = 0; i < now->queues.num; i++) {
		const struct queue_row *q = queue_at(now, i);

		if (q->starved_ns && (!worst || q->starved_ns < worst->starved_ns))
			worst = q;
	}
	holder = snapshot_holder(now, worst ? worst->binding : 0);
	if (!worst && !holder)
		return;
	screen_newline(s);
	if (worst) {
		put_piece(s, ATTR_BAD, "%s queue %u has no buffer for %s", worst->ifname,
			  worst->queue, format_ns(buf, snapshot_age(now, worst->starved_ns)));
		put_piece(s, ATTR_BAD, "%s allocations failed",
			  format_count(buf, worst->starved_fails));
		if (holder && screen_room(s) < HOLDER_WIDTH)
			screen_newline(s);
	}
	if (holder)
		put_holder(s, holder, worst);
}

void frame_header(struct screen *s, const struct snapshot *now, const struct snapshot *before,
		  const struct view_options *opt, size_t most)
{
	struct totals t = snapshot_totals(now, before);
	struct header h = { .s = s };
	size_t first = 0;
	int rank;

	put_title(s, now, opt);
	end_part(&h, first, RANK_TITLE);
	first = s->num;
	put_bindings(s, &t);
	end_part(&h, first, RANK_BINDINGS);
	first = s->num;
	put_traffic(s, &t);
	end_part(&h, first, RANK_TRAFFIC);
	first = s->num;
	put_losses(s, now);
	end_part(&h, first, RANK_LOSSES);
	first = s->num;
	if (now->incomplete[0]) {
		screen_newline(s);
		screen_put(s, ATTR_WARN, "incomplete: ");
		screen_wrapped(s, ATTR_WARN, 2, now->incomplete);
	}
	end_part(&h, first, RANK_INCOMPLETE);
	first = s->num;
	put_trouble(s, now);
	end_part(&h, first, RANK_TROUBLE);
	first = s->num;
	if (opt->note) {
		screen_newline(s);
		screen_wrapped(s, ATTR_WARN, 2, opt->note);
	}
	end_part(&h, first, RANK_NOTE);
	for (rank = RANKS - 1; rank >= 0; rank--) {
		size_t i = s->num < sizeof(h.rank) ? s->num : sizeof(h.rank);

		while (s->num > most && i-- > 0) {
			if (h.rank[i] != rank)
				continue;
			screen_remove(s, i, 1);
			memmove(&h.rank[i], &h.rank[i + 1], sizeof(h.rank) - i - 1);
			if (i && h.rank[i - 1] == rank)
				screen_mark_cut(s, &s->lines[i - 1]);
		}
	}
}
