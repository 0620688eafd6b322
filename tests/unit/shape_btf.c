// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * usage: shape_btf OUT [WORD...]
 *
 * Write the running kernel's BTF to OUT as another kernel has it, without a WORD as it is. Bound over that of the kernel it
 * makes devmemtop and libbpf believe that they run there; the verifier judges by the real one.
 * Hence nothing moves: members and functions get other names, and types are added at the end.
 *
 *   niov            7.1: a net_iov has a struct netmem_desc and no more members for that
 *   queue-config    7.0: there is a struct netdev_queue_config
 *   own-lock        6.15: a net_device has a lock for its queues. In its place is gro_flush_timeout,
 *                   so that sysfs says who has it
 *   no-TYPE         there is no struct TYPE
 *   no-TYPE.MEMBER  it does not have MEMBER
 *   OLD=NEW         the function OLD is called NEW
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

static struct btf *btf;

static struct btf_type *type_of(const char *name, int kind)
{
	int id = btf__find_by_name_kind(btf, name, kind);

	if (id <= 0)
		errx(EXIT_FAILURE, "the kernel has no %s", name);
	return (struct btf_type *)btf__type_by_id(btf, id);
}

static int name_off(const char *name)
{
	int off = btf__add_str(btf, name);

	if (off < 0)
		errx(EXIT_FAILURE, "no room for %s", name);
	return off;
}

/* A member, also one of an unnamed struct within; @bits gets where it is. */
static struct btf_member *member_of(struct btf_type *t, const char *name, unsigned int *bits)
{
	struct btf_member *m = btf_members(t), *found;
	int i;

	for (i = 0; i < btf_vlen(t); i++, m++) {
		const char *has = btf__name_by_offset(btf, m->name_off);
		struct btf_type *inner = (struct btf_type *)btf__type_by_id(btf, m->type);
		unsigned int start = *bits;

		*bits = start + btf_member_bit_offset(t, i);
		if (!strcmp(has, name))
			return m;
		found = !has[0] && btf_is_composite(inner) ? member_of(inner, name, bits) : NULL;
		if (found)
			return found;
		*bits = start;
	}
	return NULL;
}

static struct btf_member *find_member(const char *type, const char *name, unsigned int *bits)
{
	struct btf_member *m;

	*bits = 0;
	m = member_of(type_of(type, BTF_KIND_STRUCT), name, bits);
	if (!m)
		errx(EXIT_FAILURE, "a %s has no %s", type, name);
	return m;
}

static void niov(void)
{
	int gone = name_off("gone"), called = name_off("desc"), added;
	unsigned int pool_at, refs_at, bits = 0;
	unsigned int pool = find_member("net_iov", "pp", &pool_at)->type;
	unsigned int refs = find_member("net_iov", "pp_ref_count", &refs_at)->type;
	struct btf_member *m;

	if (!member_of(type_of("net_iov", BTF_KIND_STRUCT), "desc", &bits)) {
		added = btf__add_struct(btf, "netmem_desc",
					type_of("net_iov", BTF_KIND_STRUCT)->size);
		if (added < 0 || btf__add_field(btf, "pp", pool, pool_at, 0) ||
		    btf__add_field(btf, "pp_ref_count", refs, refs_at, 0))
			errx(EXIT_FAILURE, "no room for a struct");
		m = btf_members(type_of("net_iov", BTF_KIND_STRUCT));
		m->name_off = called;
		m->type = added;
	}
	find_member("net_iov", "pp", &bits)->name_off = gone;
	find_member("net_iov", "pp_ref_count", &bits)->name_off = gone;
}

static void own_lock(void)
{
	int lock = name_off("lock"), asked = name_off("request_ops_lock");
	struct btf_member *m;
	unsigned int bits;

	m = find_member("net_device", "gro_flush_timeout", &bits);
	m->name_off = lock;
	m->type = btf__find_by_name_kind(btf, "mutex", BTF_KIND_STRUCT);
	find_member("net_device", "promiscuity", &bits)->name_off = asked;
}

static void shape(const char *word)
{
	const char *to = strchr(word, '=');
	char old[64], *member;
	unsigned int bits;
	int off;

	if (!strcmp(word, "niov")) {
		niov();
	} else if (!strcmp(word, "own-lock")) {
		own_lock();
	} else if (!strcmp(word, "queue-config")) {
		if (btf__add_struct(btf, "netdev_queue_config", 0) < 0)
			errx(EXIT_FAILURE, "no room for a struct");
	} else if (!strncmp(word, "no-", 3)) {
		off = name_off("gone");
		snprintf(old, sizeof(old), "%s", word + 3);
		member = strchr(old, '.');
		if (member)
			*member++ = '\0';
		if (member)
			find_member(old, member, &bits)->name_off = off;
		else
			type_of(old, BTF_KIND_STRUCT)->name_off = off;
	} else if (to) {
		snprintf(old, sizeof(old), "%.*s", (int)(to - word), word);
		off = name_off(to + 1);
		type_of(old, BTF_KIND_FUNC)->name_off = off;
	} else {
		errx(EXIT_FAILURE, "what is %s?", word);
	}
}

int main(int argc, char **argv)
{
	const void *data;
	__u32 size;
	FILE *f;
	int i;

	if (argc < 2)
		errx(EXIT_FAILURE, "usage: shape_btf OUT [WORD...]");
	btf = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	if (!btf)
		err(EXIT_FAILURE, "/sys/kernel/btf/vmlinux");
	for (i = 2; i < argc; i++)
		shape(argv[i]);
	data = btf__raw_data(btf, &size);
	f = fopen(argv[1], "w");
	if (!data || !f || fwrite(data, size, 1, f) != 1 || fclose(f))
		err(EXIT_FAILURE, "%s", argv[1]);
	btf__free(btf);
	return EXIT_SUCCESS;
}
