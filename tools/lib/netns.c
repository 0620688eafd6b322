// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * --netns: look into another network namespace.
 */
#include "lib/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *what_to_do(int code)
{
	switch (code) {
	case ENOENT:
		return "give a path, a process id, or a name that 'ip netns list' shows";
	case EPERM:
	case EACCES:
		return "run as root or with CAP_SYS_ADMIN and CAP_SYS_PTRACE";
	case EINVAL:
		return "it is no network namespace";
	default:
		return strerror(code);
	}
}

bool netns_enter(const char *where, char *text, size_t size)
{
	char path[PATH_MAX];
	int fd, ret;

	if (where[0] && strspn(where, "0123456789") == strlen(where))
		snprintf(path, sizeof(path), "/proc/%s/ns/net", where);
	else if (strchr(where, '/'))
		snprintf(path, sizeof(path), "%s", where);
	else
		snprintf(path, sizeof(path), "/run/netns/%s", where);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ret = fd < 0 ? errno : 0;
	if (!ret && setns(fd, CLONE_NEWNET))
		ret = errno;
	if (fd >= 0)
		close(fd);
	if (!ret)
		return true;
	snprintf(text, size, "network namespace '%s': %s", where, what_to_do(ret));
	return false;
}

uint32_t netns_inode(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : st.st_ino;
}
