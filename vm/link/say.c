// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How the guest reads its job, and what it prints when it fails before the command has started.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "vmlink.h"

void log_line(const char *fmt, ...)
{
	char line[512];
	size_t len;
	va_list ap;
	int fd;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Without its end of line the kernel would wait for the rest before printing it. */
	len = strlen(line);
	line[len++] = '\n';
	write_all(fd, line, len);
	close(fd);
}

char *job_file(const char *job, const char *name, size_t *len)
{
	size_t have = 0, room = 64 * 1024;
	char path[4096], *buf;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", job, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	buf = malloc(room);
	while (buf && (n = read(fd, buf + have, room - have - 1)) > 0) {
		have += n;
		if (have + 1 == room) {
			room *= 2;
			buf = realloc(buf, room);
		}
	}
	if (!buf)
		GIVE_UP("vmlink: out of memory");
	if (n < 0)
		GIVE_UP("vmlink: cannot read %s: %s", path, strerror(errno));
	close(fd);
	buf[have] = 0;
	*len = have;
	return buf;
}
