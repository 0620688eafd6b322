// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Plumbing for the generic netlink family "netdev", on libmnl.
 */
#include "lib/netdev_genl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#ifndef NETLINK_EXT_ACK
#define NETLINK_EXT_ACK 11
#endif

/* The kernel fills dump messages up to 32 KiB when the reader's buffer has the room. */
#define RECV_BUFFER	32768
#define SEND_BUFFER	8192
#define REQUEST_ALIGNED __attribute__((aligned(NLMSG_ALIGNTO)))

/* How often a walk that the kernel calls inconsistent is started again. */
#define DUMP_TRIES 5

struct netdev_genl {
	struct mnl_socket *sock;
	uint16_t family;
	uint32_t seq;
	char recv[RECV_BUFFER] REQUEST_ALIGNED;
};

/* What an answer is parsed with. */
struct walk {
	netdev_genl_cb cb;
	void *data;
	struct netdev_genl_error *err;
	int cb_ret;
	bool interrupted;
};

static int fail(struct netdev_genl_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct netdev_genl_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	err->from_kernel = false;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

/*
 * Attributes must be collected by hand: mnl_attr_parse() stops at the first one which the
 * callback refuses, and a newer kernel may send numbers that are not in our table.
 */
static int collect_attr(const struct nlattr *attr, void *data)
{
	const struct nlattr **tb = data;
	uint16_t type = mnl_attr_get_type(attr);

	if (type <= NETDEV_GENL_ATTR_MAX)
		tb[type] = attr;
	return MNL_CB_OK;
}

static int on_message(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[NETDEV_GENL_ATTR_MAX + 1] = { NULL };
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct walk *walk = data;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		walk->interrupted = true;
	if (!walk->cb)
		return MNL_CB_OK;
	mnl_attr_parse(nlh, sizeof(*genl), collect_attr, tb);
	walk->cb_ret = walk->cb(genl->cmd, tb, walk->data);
	if (walk->cb_ret < 0) {
		fail(walk->err, walk->cb_ret, "%s", strerror(-walk->cb_ret));
		return MNL_CB_STOP;
	}
	return MNL_CB_OK;
}

/* NLMSG_ERROR and NLMSG_DONE carry the verdict and, behind it, the extack attributes. */
static int take_verdict(const struct nlmsghdr *nlh, int code, size_t skip, struct walk *walk)
{
	const struct nlattr *tb[NETDEV_GENL_ATTR_MAX + 1] = { NULL };
	const struct nlattr *msg;

	if (!code)
		return 0;
	fail(walk->err, code, "%s", strerror(-code));
	if (!walk->err || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    mnl_nlmsg_get_payload_len(nlh) < skip)
		return code;
	mnl_attr_parse(nlh, skip, collect_attr, tb);
	msg = tb[NLMSGERR_ATTR_MSG];
	if (msg && mnl_attr_validate(msg, MNL_TYPE_NUL_STRING) == 0) {
		snprintf(walk->err->text, sizeof(walk->err->text), "%s", mnl_attr_get_str(msg));
		walk->err->from_kernel = true;
	} else if (tb[NLMSGERR_ATTR_OFFS]) {
		snprintf(walk->err->text, sizeof(walk->err->text),
			 "%s (attribute at byte %u of the request)", strerror(-code),
			 mnl_attr_get_u32(tb[NLMSGERR_ATTR_OFFS]));
	}
	return code;
}

static int on_error(const struct nlmsghdr *nlh, void *data)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	struct walk *walk = data;
	size_t skip = sizeof(*e);

	/* Unless capped, the whole request is echoed between verdict and extack. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&e->msg);
	walk->cb_ret = take_verdict(nlh, e->error, MNL_ALIGN(skip), walk);
	return MNL_CB_STOP;
}

static int on_done(const struct nlmsghdr *nlh, void *data)
{
	struct walk *walk = data;
	int code = 0;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		walk->interrupted = true;
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(code))
		memcpy(&code, mnl_nlmsg_get_payload(nlh), sizeof(code));
	walk->cb_ret = take_verdict(nlh, code, sizeof(code), walk);
	return MNL_CB_STOP;
}

/* Not const: libmnl takes it without. */
static mnl_cb_t control[NLMSG_MIN_TYPE] = {
	[NLMSG_ERROR] = on_error,
	[NLMSG_DONE] = on_done,
};

/* Start a request in @buf, which has SEND_BUFFER bytes. */
static struct nlmsghdr *start_request(struct netdev_genl *ng, char *buf, uint16_t type, uint8_t cmd,
				      uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++ng->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = NETDEV_GENL_VERSION;
	return nlh;
}

/* Send the request and feed @walk until the verdict came. */
static int run_request(struct netdev_genl *ng, const struct nlmsghdr *nlh, struct walk *walk)
{
	unsigned int portid = mnl_socket_get_portid(ng->sock);
	ssize_t len;
	int ret;

	if (mnl_socket_sendto(ng->sock, nlh, nlh->nlmsg_len) < 0)
		return fail(walk->err, -errno, "sending to netlink: %s", strerror(errno));
	do {
		do {
			len = mnl_socket_recvfrom(ng->sock, ng->recv, sizeof(ng->recv));
		} while (len < 0 && errno == EINTR);
		if (len < 0)
			return fail(walk->err, -errno, "reading from netlink: %s", strerror(errno));
		ret = mnl_cb_run2(ng->recv, len, ng->seq, portid, on_message, walk, control,
				  NLMSG_MIN_TYPE);
		/* An answer to an earlier request that was given up: not ours, read on. */
		if (ret < 0 && (errno == EPROTO || errno == ESRCH))
			ret = MNL_CB_OK;
		if (ret < 0)
			return fail(walk->err, -errno, "reading from netlink: %s", strerror(errno));
	} while (ret > MNL_CB_STOP);
	return walk->cb_ret;
}

static void put_attrs(struct nlmsghdr *nlh, const struct netdev_genl_attr *attrs, unsigned int num)
{
	unsigned int i;

	for (i = 0; i < num; i++)
		mnl_attr_put_u32(nlh, attrs[i].type, attrs[i].value);
}

int netdev_genl_dump(struct netdev_genl *ng, uint8_t cmd, const struct netdev_genl_attr *attrs,
		     unsigned int num_attrs, netdev_genl_cb cb, void *data,
		     struct netdev_genl_error *err)
{
	unsigned int tries;

	for (tries = 0; tries < DUMP_TRIES; tries++) {
		struct walk walk = { .cb = cb, .data = data, .err = err };
		char buf[SEND_BUFFER] REQUEST_ALIGNED;
		struct nlmsghdr *nlh;
		int ret;

		nlh = start_request(ng, buf, ng->family, cmd, NLM_F_ACK | NLM_F_DUMP);
		put_attrs(nlh, attrs, num_attrs);
		ret = run_request(ng, nlh, &walk);
		if (ret < 0 || !walk.interrupted)
			return ret;
	}
	return fail(err, -EINTR, "the list kept changing while it was read");
}

static int take_binding_id(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	uint32_t *id = data;

	if (cmd == ND_CMD_BIND_RX && tb[ND_DMABUF_ID])
		*id = mnl_attr_get_u32(tb[ND_DMABUF_ID]);
	return 0;
}

int netdev_genl_bind_rx(struct netdev_genl *ng, unsigned int ifindex, int dmabuf_fd,
			const uint32_t *queues, unsigned int num_queues, uint32_t *binding_id,
			struct netdev_genl_error *err)
{
	struct walk walk = { .cb = take_binding_id, .data = binding_id, .err = err };
	char buf[SEND_BUFFER] REQUEST_ALIGNED;
	struct nlmsghdr *nlh;
	unsigned int i;

	*binding_id = 0;
	nlh = start_request(ng, buf, ng->family, ND_CMD_BIND_RX, NLM_F_ACK);
	mnl_attr_put_u32(nlh, ND_DMABUF_IFINDEX, ifindex);
	mnl_attr_put_u32(nlh, ND_DMABUF_FD, dmabuf_fd);
	for (i = 0; i < num_queues; i++) {
		struct nlattr *nest;

		nest = mnl_attr_nest_start_check(nlh, sizeof(buf), ND_DMABUF_QUEUES);
		if (!nest || !mnl_attr_put_u32_check(nlh, sizeof(buf), ND_QUEUE_ID, queues[i]) ||
		    !mnl_attr_put_u32_check(nlh, sizeof(buf), ND_QUEUE_TYPE, ND_QUEUE_TYPE_RX))
			return fail(err, -E2BIG, "%u queues do not fit into one request",
				    num_queues);
		mnl_attr_nest_end(nlh, nest);
	}
	return run_request(ng, nlh, &walk);
}

/* ---- opening: the family's number comes from the family "nlctrl" ---- */

static int take_family(uint8_t cmd, const struct nlattr *const *tb, void *data)
{
	struct netdev_genl *ng = data;

	(void)cmd;
	ng->family = netdev_genl_uint(tb[CTRL_ATTR_FAMILY_ID], 0);
	return 0;
}

static int resolve_family(struct netdev_genl *ng, const char *name, struct netdev_genl_error *err)
{
	struct walk walk = { .cb = take_family, .data = ng, .err = err };
	char buf[SEND_BUFFER] REQUEST_ALIGNED;
	struct nlmsghdr *nlh;
	int ret;

	nlh = start_request(ng, buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	ret = run_request(ng, nlh, &walk);
	if (ret == -ENOENT || (!ret && !ng->family))
		return fail(err, -ENOENT, "this kernel has no netlink family \"%s\"", name);
	return ret;
}

static struct netdev_genl *open_family(const char *name, struct netdev_genl_error *err)
{
	struct netdev_genl *ng = calloc(1, sizeof(*ng));
	int on = 1;

	if (!ng) {
		fail(err, -ENOMEM, "%s", strerror(ENOMEM));
		return NULL;
	}
	ng->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!ng->sock) {
		fail(err, -errno, "opening a netlink socket: %s", strerror(errno));
		goto out_free;
	}
	if (mnl_socket_bind(ng->sock, 0, MNL_SOCKET_AUTOPID) < 0) {
		fail(err, -errno, "binding a netlink socket: %s", strerror(errno));
		goto out_close;
	}
	/* Both only make errors more telling; go on without. */
	mnl_socket_setsockopt(ng->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(ng->sock, NETLINK_CAP_ACK, &on, sizeof(on));
	if (resolve_family(ng, name, err) < 0)
		goto out_close;
	return ng;

out_close:
	mnl_socket_close(ng->sock);
out_free:
	free(ng);
	return NULL;
}

struct netdev_genl *netdev_genl_open(struct netdev_genl_error *err)
{
	struct netdev_genl_error local;
	struct netdev_genl *ng;

	if (!err)
		err = &local;
	ng = open_family(NETDEV_GENL_NAME, err);
	if (!ng && err->code == -ENOENT)
		fail(err, -ENOENT,
		     "this kernel has no netlink family \"" NETDEV_GENL_NAME
		     "\": it needs Linux 6.12 or newer");
	return ng;
}

void netdev_genl_close(struct netdev_genl *ng)
{
	if (!ng)
		return;
	mnl_socket_close(ng->sock);
	free(ng);
}

/* ---- the family "ethtool" ---- */

int netdev_genl_header_split(unsigned int ifindex, bool on, struct netdev_genl_error *err)
{
	struct netdev_genl *ng = open_family(ETHTOOL_GENL_NAME, err);
	char buf[SEND_BUFFER] REQUEST_ALIGNED;
	struct walk walk = { .err = err };
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	int ret;

	if (!ng)
		return err ? err->code : -ENOENT;
	nlh = start_request(ng, buf, ng->family, ETHTOOL_MSG_RINGS_SET, NLM_F_ACK);
	nest = mnl_attr_nest_start(nlh, ETHTOOL_A_RINGS_HEADER);
	mnl_attr_put_u32(nlh, ETHTOOL_A_HEADER_DEV_INDEX, ifindex);
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_put_u8(nlh, ETHTOOL_A_RINGS_TCP_DATA_SPLIT,
			on ? ETHTOOL_TCP_DATA_SPLIT_ENABLED : ETHTOOL_TCP_DATA_SPLIT_DISABLED);
	ret = run_request(ng, nlh, &walk);
	netdev_genl_close(ng);
	return ret;
}

uint64_t netdev_genl_uint(const struct nlattr *attr, uint64_t missing)
{
	if (!attr)
		return missing;
	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 2:
		return mnl_attr_get_u16(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	case 8:
		return mnl_attr_get_u64(attr);
	default:
		return missing;
	}
}
