// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the guest does before the command can run. The root is the host's,
 * read-only over 9p: a throw-away layer goes over it, and the file systems that
 * programs expect are mounted. Done by system calls, not by a script: each
 * program started under emulation costs a tenth of a second.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "mounts.h"
#include "say.h"

static void make_dir(const char *path, mode_t mode)
{
	if (mkdir(path, mode) && errno != EEXIST)
		GIVE_UP("vmlink: cannot make the folder %s: %s", path, strerror(errno));
}

static void mount_on(const char *type, const char *path, const char *data)
{
	if (mount(type, path, type, 0, data))
		GIVE_UP("vmlink: cannot mount %s on %s: %s", type, path, strerror(errno));
}

/* The folder @path and those above it. */
static void make_path(char *path)
{
	char *p;

	for (p = path + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		make_dir(path, 0755);
		*p = '/';
	}
	make_dir(path, 0755);
}

static void writable_root(void)
{
	mount_on("tmpfs", "/mnt", "mode=755");
	make_dir("/mnt/upper", 0755);
	make_dir("/mnt/work", 0755);
	make_dir("/mnt/root", 0755);
	mount_on("overlay", "/mnt/root", "lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work");
	if (chdir("/mnt/root") || syscall(SYS_pivot_root, ".", "mnt") || chdir("/"))
		GIVE_UP("vmlink: cannot change to the new root: %s", strerror(errno));
	/* The layers stay alive below the overlay. */
	if (umount2("/mnt", MNT_DETACH))
		GIVE_UP("vmlink: cannot leave the old root: %s", strerror(errno));
}

/* The kernel's modules, kept somewhere on the host, where modprobe looks for them. */
static void mount_modules(const char *job)
{
	char path[512], *modules, *release;
	size_t len;

	modules = job_file(job, "modules", &len);
	if (!modules)
		return;
	release = strrchr(modules, '/');
	snprintf(path, sizeof(path), "/lib/modules%s", release ?: "/");
	make_path(path);
	if (mount(modules, path, NULL, MS_BIND, NULL))
		GIVE_UP("vmlink: cannot mount %s on %s: %s", modules, path, strerror(errno));
	free(modules);
}

static void bring_lo_up(void)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr))
		GIVE_UP("vmlink: there is no lo: %s", strerror(errno));
	ifr.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		GIVE_UP("vmlink: cannot bring lo up: %s", strerror(errno));
	close(fd);
}

void guest_mounts(const char *job)
{
	static const struct {
		const char *type, *path, *data;
	} mounts[] = {
		{ "proc", "/proc", NULL },
		{ "sysfs", "/sys", NULL },
		{ "devtmpfs", "/dev", NULL },
		{ "devpts", "/dev/pts", "gid=5,mode=620,ptmxmode=666" },
		{ "tmpfs", "/dev/shm", "mode=1777" },
		{ "tmpfs", "/run", "mode=755" },
		{ "debugfs", "/sys/kernel/debug", NULL },
		{ "tracefs", "/sys/kernel/tracing", NULL },
		{ "bpf", "/sys/fs/bpf", NULL },
		{ "cgroup2", "/sys/fs/cgroup", NULL },
	};
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit files = { 65536, 65536 };
	size_t i, len;
	char *out;

	umask(022);
	writable_root();
	mount_modules(job);
	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		/* devtmpfs comes without these two. */
		if (!strncmp(mounts[i].path, "/dev/", 5))
			make_dir(mounts[i].path, 0755);
		mount_on(mounts[i].type, mounts[i].path, mounts[i].data);
	}
	if (symlink("/proc/self/fd", "/dev/fd") || symlink("/proc/self/fd/0", "/dev/stdin") ||
	    symlink("/proc/self/fd/1", "/dev/stdout") || symlink("/proc/self/fd/2", "/dev/stderr"))
		GIVE_UP("vmlink: cannot make the links in /dev: %s", strerror(errno));
	make_dir("/run/lock", 01777);
	chmod("/run/lock", 01777); /* the umask took some of it */
	make_dir("/run/netns", 0755);
	if (sethostname("devmem", 6))
		GIVE_UP("vmlink: cannot set the host name: %s", strerror(errno));
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	setrlimit(RLIMIT_NOFILE, &files);
	bring_lo_up();

	out = job_file(job, "out", &len);
	if (out) {
		make_path(out);
		if (mount("out", out, "9p", 0,
			  "trans=virtio,version=9p2000.L,cache=mmap,msize=512000"))
			GIVE_UP("vmlink: cannot mount %s: %s", out, strerror(errno));
		free(out);
	}
}
