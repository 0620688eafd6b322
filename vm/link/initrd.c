// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * initrd - /init of the initramfs of a kernel that has its file systems as
 * modules: loads them, mounts the host's root and goes on with vmlink there.
 *
 *	/init ROOT-OPTIONS VMLINK ARG...	the words behind "--" on the kernel's command line
 *
 * The modules are in /modules, named so that their order by name is the order
 * to load them in. Static: nothing else is in the initramfs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Where the host's root is mounted before it is gone over to. */
#define DIR_HOST "/host"

/* PID 1 has nobody to return to: say why on the console and stop the machine. */
static void __attribute__((format(printf, 1, 2), noreturn)) give_up(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int fd;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fd = open("/dev/kmsg", O_WRONLY);
	if (fd >= 0)
		dprintf(fd, "<3>initrd: %s\n", line);
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static int is_module(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void load_modules(void)
{
	struct dirent **list;
	int i, count;

	count = scandir("/modules", &list, is_module, alphasort);
	if (count < 0)
		give_up("cannot read /modules: %s", strerror(errno));
	for (i = 0; i < count; i++) {
		char path[512];
		int fd;

		snprintf(path, sizeof(path), "/modules/%s", list[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
			give_up("cannot load %s: %s", path, strerror(errno));
		close(fd);
		free(list[i]);
	}
	free(list);
}

int main(int argc, char **argv)
{
	if (mount("devtmpfs", "/dev", "devtmpfs", 0, NULL))
		give_up("cannot mount /dev: %s", strerror(errno));
	if (argc < 3)
		give_up("the command line names no program");
	load_modules();
	if (mount("hostroot", DIR_HOST, "9p", MS_RDONLY, argv[1]))
		give_up("cannot mount the host's root: %s", strerror(errno));
	if (mount("devtmpfs", DIR_HOST "/dev", "devtmpfs", 0, NULL))
		give_up("cannot mount /dev on the host's root: %s", strerror(errno));
	/* An initramfs cannot be left with pivot_root(): the new root goes over it. */
	if (chdir(DIR_HOST) || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		give_up("cannot change to the host's root: %s", strerror(errno));
	/* /init was started with the kernel's console on its streams, or with none at all. */
	execv(argv[2], argv + 2);
	give_up("cannot run %s: %s", argv[2], strerror(errno));
}
