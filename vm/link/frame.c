// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames over a byte stream, used by both ends of vmlink.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vmlink.h"

ssize_t frame_fill(struct frame_reader *r, int fd)
{
	ssize_t n;

	do
		n = read(fd, r->buf + r->have, sizeof(r->buf) - r->have);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		r->have += n;
	return n;
}

int frame_next(struct frame_reader *r, struct frame_head *head, const char **payload)
{
	if (r->have < sizeof(*head))
		return 0;
	memcpy(head, r->buf, sizeof(*head));
	if (head->len > FRAME_MAX)
		return -1;
	if (r->have < sizeof(*head) + head->len)
		return 0;
	*payload = r->buf + sizeof(*head);
	return 1;
}

void frame_drop(struct frame_reader *r)
{
	struct frame_head head;
	size_t size;

	memcpy(&head, r->buf, sizeof(head));
	size = sizeof(head) + head.len;
	r->have -= size;
	memmove(r->buf, r->buf + size, r->have);
}

int write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd pfd = { .fd = fd, .events = POLLOUT };

			poll(&pfd, 1, -1);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}

int frame_send(int fd, uint32_t type, const void *payload, size_t len)
{
	char buf[sizeof(struct frame_head) + FRAME_MAX];
	struct frame_head head = { .type = type, .len = len };

	if (len > FRAME_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	/* One write: a frame costs one exit of the guest, not two. */
	memcpy(buf, &head, sizeof(head));
	if (len)
		memcpy(buf + sizeof(head), payload, len);
	return write_all(fd, buf, sizeof(head) + len);
}

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void die(const char *fmt, ...)
{
	va_list ap;

	fputs("vmlink: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_STATUS_SETUP);
}
