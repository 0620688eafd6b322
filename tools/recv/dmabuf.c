// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * udmabuf: memfd → dma-buf.
 */
#include "recv/dmabuf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/udmabuf.h>

#include "recv/util.h"

#define UDMABUF_DEVICE "/dev/udmabuf"

static int open_udmabuf(void)
{
	int fd = open(UDMABUF_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	fd = -errno;
	if (fd == -ENOENT)
		complain("there is no " UDMABUF_DEVICE
			 ": run \"modprobe udmabuf\" (needs a kernel with CONFIG_UDMABUF)");
	else if (fd == -EACCES || fd == -EPERM)
		complain("may not open " UDMABUF_DEVICE ": run as root");
	else
		complain("opening " UDMABUF_DEVICE ": %s", strerror(-fd));
	return fd;
}

int dmabuf_create(struct dmabuf *buf, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC };
	int device, ret;

	size = (size + page - 1) / page * page;
	*buf = (struct dmabuf){ .fd = -1, .memfd = -1, .size = size };
	device = open_udmabuf();
	if (device < 0)
		return device;

	/* udmabuf insists on memory that cannot shrink under it. */
	buf->memfd = memfd_create("devmem-recv", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (buf->memfd < 0 || ftruncate(buf->memfd, size) < 0 ||
	    fcntl(buf->memfd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
		ret = -errno;
		complain("getting %zu bytes of memory for a dma-buf: %s", size, strerror(-ret));
		goto out;
	}
	create.memfd = buf->memfd;
	create.size = size;
	buf->fd = ioctl(device, UDMABUF_CREATE, &create);
	if (buf->fd < 0) {
		ret = -errno;
		if (ret == -EINVAL)
			complain("a udmabuf of %zu bytes is refused: larger than "
				 "/sys/module/udmabuf/parameters/size_limit_mb allows?",
				 size);
		else
			complain("making a udmabuf of %zu bytes: %s", size, strerror(-ret));
		goto out;
	}
	/* The pages exist by now; map them at once instead of fault by fault. */
	buf->data = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, buf->memfd, 0);
	if (buf->data == MAP_FAILED) {
		ret = -errno;
		buf->data = NULL;
		complain("mapping a udmabuf of %zu bytes: %s", size, strerror(-ret));
		goto out;
	}
	ret = 0;
out:
	close(device);
	if (ret)
		dmabuf_destroy(buf);
	return ret;
}

void dmabuf_destroy(struct dmabuf *buf)
{
	if (!buf->size)
		return;
	if (buf->data)
		munmap((void *)buf->data, buf->size);
	if (buf->fd >= 0)
		close(buf->fd);
	if (buf->memfd >= 0)
		close(buf->memfd);
	*buf = (struct dmabuf){ 0 };
}

static int sync_cpu(const struct dmabuf *buf, uint64_t flags)
{
	struct dma_buf_sync sync = { .flags = flags };
	int ret;

	do {
		ret = ioctl(buf->fd, DMA_BUF_IOCTL_SYNC, &sync);
	} while (ret < 0 && (errno == EINTR || errno == EAGAIN));
	return ret < 0 ? -errno : 0;
}

int dmabuf_begin_read(const struct dmabuf *buf)
{
	return sync_cpu(buf, DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ);
}

int dmabuf_end_read(const struct dmabuf *buf)
{
	return sync_cpu(buf, DMA_BUF_SYNC_END | DMA_BUF_SYNC_READ);
}
