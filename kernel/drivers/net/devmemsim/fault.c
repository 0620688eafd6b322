// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which faults are armed, and how often they were injected
 *
 * /sys/kernel/debug/devmemsim/IFNAME/FAULT for NICs in the initial network
 * namespace, IFNAME@INODE for those in another, with the namespace's inode
 * number. Faults are armed and turned off under rtnl. What they are is in the
 * table of fault_types.h; nothing here is about one of them.
 */
#include <linux/debugfs.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "devmemsim.h"

#define DMS_FAULT_MAX_RATE	1000000
#define DMS_FAULT_MAX_MS	60000

DEFINE_STATIC_KEY_FALSE(dms_faults_key);

static struct dentry *dms_faults_root;

static enum dms_fault_nr dms_fault_nr(const struct dms_fault *f)
{
	return f - f->nic->faults->fault;
}

static const struct dms_fault_type *dms_fault_type(const struct dms_fault *f)
{
	return &dms_fault_types[dms_fault_nr(f)];
}

/**
 * dms_fault_armed() - is a fault turned on, whether or not it is due?
 * @nic:	the NIC
 * @nr:		the fault
 *
 * Context: any; does not change under rtnl.
 *
 * Return: true if so.
 */
bool dms_fault_armed(const struct dms_nic *nic, enum dms_fault_nr nr)
{
	return READ_ONCE(nic->faults->fault[nr].armed);
}

/**
 * dms_fault_due() - is this one of the occasions that a fault was armed for?
 * @nic:	the NIC
 * @nr:		the fault
 *
 * Context: softirq or process context.
 *
 * Return: true if it is to be injected now; dms_fault_did() says that it was.
 */
bool dms_fault_due(struct dms_nic *nic, enum dms_fault_nr nr)
{
	struct dms_fault *f = &nic->faults->fault[nr];
	bool due = false;

	if (!READ_ONCE(f->times))
		return false;

	spin_lock_bh(&nic->faults->lock);
	if (f->of) {
		due = f->pos < f->times;
		f->pos = (f->pos + 1) % f->of;
	} else if (f->times) {
		f->times--;
		due = true;
	}
	spin_unlock_bh(&nic->faults->lock);

	return due;
}

/**
 * dms_fault_did() - count what was injected
 * @nic:	the NIC
 * @nr:		the fault
 * @times:	how often
 *
 * Context: softirq or process context.
 */
void dms_fault_did(struct dms_nic *nic, enum dms_fault_nr nr, u32 times)
{
	spin_lock_bh(&nic->faults->lock);
	nic->faults->fault[nr].injected += times;
	spin_unlock_bh(&nic->faults->lock);
}

static ssize_t dms_fault_read(struct file *file, char __user *ubuf,
			      size_t len, loff_t *ppos)
{
	struct dms_fault *f = file->private_data;
	struct dms_fault now;
	char text[160];
	int n;

	spin_lock_bh(&f->nic->faults->lock);
	now = *f;
	spin_unlock_bh(&f->nic->faults->lock);

	if (now.of)
		n = scnprintf(text, sizeof(text), "rate=%u/%u", now.times, now.of);
	else
		n = scnprintf(text, sizeof(text), "left=%u", now.times);
	n += scnprintf(text + n, sizeof(text) - n, " injected=%llu", now.injected);
	if (dms_fault_type(f)->is_wait)
		n += scnprintf(text + n, sizeof(text) - n,
			       " ms=%u frames=%llu packets=%llu lost=%llu returned=%llu",
			       now.ms, now.frames, now.packets, now.lost,
			       now.returned);
	n += scnprintf(text + n, sizeof(text) - n, "\n");

	return simple_read_from_buffer(ubuf, len, ppos, text, n);
}

/* "TIMES", "TIMES/OF", and of a wait "… MS"; "0" turns it off. Nothing of @set
 * counts unless this returns 0.
 */
static int dms_fault_parse(char *text, bool wait, struct dms_fault *set)
{
	char *word = strsep(&text, " ");
	char *times = strsep(&word, "/");

	if (kstrtouint(times, 10, &set->times))
		return -EINVAL;
	if (word && (kstrtouint(word, 10, &set->of) || !set->times ||
		     set->times > set->of || set->of > DMS_FAULT_MAX_RATE))
		return -EINVAL;
	if (text && (!wait || !set->times || kstrtouint(text, 10, &set->ms) ||
		     !set->ms || set->ms > DMS_FAULT_MAX_MS))
		return -EINVAL;
	if (wait && set->times && !text)
		return -EINVAL;

	return 0;
}

static void dms_fault_off(struct dms_fault *f)
{
	if (!f->armed)
		return;

	WRITE_ONCE(f->armed, false);
	if (dms_fault_type(f)->off)
		dms_fault_type(f)->off(f->nic, dms_fault_nr(f));
	static_branch_dec(&dms_faults_key);
}

static void dms_fault_arm(struct dms_fault *f, const struct dms_fault *set)
{
	if (set->times && !f->armed) {
		WRITE_ONCE(f->armed, true);
		static_branch_inc(&dms_faults_key);
		if (dms_fault_type(f)->on)
			dms_fault_type(f)->on(f->nic, dms_fault_nr(f));
		/* From here on every NAPI knows */
		synchronize_net();
	}

	spin_lock_bh(&f->nic->faults->lock);
	f->times = set->times;
	f->of = set->of;
	if (set->times) {
		f->pos = 0;
		f->ms = set->ms;
		f->injected = 0;
		f->frames = 0;
		f->packets = 0;
		f->lost = 0;
		f->returned = 0;
	}
	spin_unlock_bh(&f->nic->faults->lock);

	if (!set->times)
		dms_fault_off(f);
}

static int dms_fault_set(struct dms_fault *f, char *text)
{
	const struct dms_fault_type *type = dms_fault_type(f);
	struct dms_fault set = {};
	int err;

	if (type->set)
		return type->set(f->nic, dms_fault_nr(f), text);

	err = dms_fault_parse(text, type->is_wait, &set);
	if (!err)
		dms_fault_arm(f, &set);
	return err;
}

static ssize_t dms_fault_write(struct file *file, const char __user *ubuf,
			       size_t len, loff_t *ppos)
{
	struct dms_fault *f = file->private_data;
	char text[40];
	int err;

	if (*ppos || len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, ubuf, len))
		return -EFAULT;
	text[len] = '\0';

	/* Who removes this file holds rtnl, and waits for us */
	if (!rtnl_trylock())
		return restart_syscall();
	err = dms_fault_set(f, strim(text));
	rtnl_unlock();

	return err ? err : len;
}

static const struct file_operations dms_fault_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.read	= dms_fault_read,
	.write	= dms_fault_write,
	.llseek	= default_llseek,
};

/**
 * dms_faults_new() - give a NIC its faults, all of them off
 * @nic:	the NIC
 *
 * Return: 0 or -ENOMEM.
 */
int dms_faults_new(struct dms_nic *nic)
{
	u32 i;

	nic->faults = kzalloc(sizeof(*nic->faults), GFP_KERNEL);
	if (!nic->faults)
		return -ENOMEM;

	spin_lock_init(&nic->faults->lock);
	for (i = 0; i < DMS_FAULTS; i++)
		nic->faults->fault[i].nic = nic;

	return 0;
}

/**
 * dms_faults_free() - undo dms_faults_new()
 * @nic:	a NIC that has no queues any more; without faults: nothing is done
 */
void dms_faults_free(struct dms_nic *nic)
{
	u32 i;

	if (!nic->faults)
		return;

	for (i = 0; i < DMS_FAULTS; i++)
		dms_fault_off(&nic->faults->fault[i]);
	kfree(nic->faults);
	nic->faults = NULL;
}

/**
 * dms_faults_show() - make the folder of a NIC
 * @nic:	NIC that has just got its name and its namespace
 *
 * Context: process context under rtnl.
 */
void dms_faults_show(struct dms_nic *nic)
{
	struct dms_faults *faults = nic->faults;
	struct net_device *dev = nic->dev;
	char name[IFNAMSIZ + 16];
	u32 i;

	ASSERT_RTNL();

	if (net_eq(dev_net(dev), &init_net))
		snprintf(name, sizeof(name), "%s", dev->name);
	else
		snprintf(name, sizeof(name), "%s@%u", dev->name,
			 dev_net(dev)->ns.inum);

	faults->dir = debugfs_create_dir(name, dms_faults_root);
	for (i = 0; i < DMS_FAULTS; i++)
		debugfs_create_file(dms_fault_types[i].name, 0600, faults->dir,
				    &faults->fault[i], &dms_fault_fops);
}

/**
 * dms_faults_hide() - remove the folder of a NIC; its faults stay as they are
 * @nic:	the NIC
 *
 * Context: process context under rtnl.
 */
void dms_faults_hide(struct dms_nic *nic)
{
	ASSERT_RTNL();

	debugfs_remove(nic->faults->dir);
	nic->faults->dir = NULL;
}

/**
 * dms_faults_init() - get ready for the first NIC
 */
void dms_faults_init(void)
{
	dms_faults_root = debugfs_create_dir(DMS_NAME, NULL);
}

/**
 * dms_faults_exit() - the last NIC is gone
 */
void dms_faults_exit(void)
{
	debugfs_remove(dms_faults_root);
}
