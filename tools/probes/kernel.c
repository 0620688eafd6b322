// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the running kernel has: functions, members, fentry.
 */
#include "probes/facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "probes/facts_table.h"

bool facts_has_member(const struct btf *btf, const char *type, const char *member)
{
	int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);

	return id > 0 && facts_type_has(btf, id, member);
}

bool facts_has_devmem(const struct btf *btf)
{
	/*
	 * The struct exists also without CONFIG_NET_DEVMEM. Any one of these functions may be
	 * inlined into another.
	 */
	static const char *const functions[] = {
		"net_devmem_bind_dmabuf",
		"net_devmem_unbind_dmabuf",
		"net_devmem_bind_dmabuf_to_queue",
	};
	size_t i;

	if (btf__find_by_name_kind(btf, "net_devmem_dmabuf_binding", BTF_KIND_STRUCT) <= 0)
		return false;
	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (btf__find_by_name_kind(btf, functions[i], BTF_KIND_FUNC) > 0)
			return true;
	return false;
}

int facts_direction_arg(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "net_devmem_bind_dmabuf", BTF_KIND_FUNC);
	const struct btf_type *proto, *type;
	int i;

	if (id <= 0)
		return -1;
	proto = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	for (i = 0; i < btf_vlen(proto); i++) {
		type = btf__type_by_id(btf, btf_params(proto)[i].type);
		if (btf_is_enum(type) &&
		    !strcmp(btf__name_by_offset(btf, type->name_off), "dma_data_direction"))
			return i;
	}
	return -1;
}

int facts_try_fentry(const struct btf *btf)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY);
	int id = btf__find_by_name_kind(btf, "napi_enable", BTF_KIND_FUNC);
	int fd;

	if (id <= 0)
		return -ENOENT;
	opts.attach_btf_id = id;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "try_fentry", "Dual BSD/GPL", insns, 2, &opts);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}
