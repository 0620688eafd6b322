// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which faults are armed, and how often they were injected
 *
 * /sys/kernel/debug/devmemsim/IFNAME/FAULT for NICs in the initial network
 * namespace, IFNAME@INODE for those in another, with the namespace's inode
 * number. Faults are armed and turned off under rtnl; inject*.c injects them.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "devmemsim.h"

#define DMS_FAULT_MAX_RATE	1000000
#define DMS_FAULT_MAX_MS	60000

DEFINE_STATIC_KEY_FALSE(dms_faults_key);

/* While any fault is armed, payload pools of bound queues are taken from under
 * this lock: two consumers are reported, but break nothing.
 */
DEFINE_SPINLOCK(dms_pool_lock);

static struct dentry *dms_faults_root;

static const char * const dms_fault_names[DMS_FAULTS] = {
	[DMS_FAULT_MIXED_SKB]		= "mixed_skb",
	[DMS_FAULT_MIXED_STREAM]	= "mixed_stream",
	[DMS_FAULT_LATE_DELIVERY]	= "late_delivery",
	[DMS_FAULT_SHARE_POOL]		= "share_pool",
	[DMS_FAULT_OTHER_CPU]		= "other_cpu",
	[DMS_FAULT_LEAK]		= "leak",
	[DMS_FAULT_FAIL_ALLOC]		= "fail_alloc",
	[DMS_FAULT_FAIL_STOP]		= "fail_stop",
	[DMS_FAULT_FAIL_START]		= "fail_start",
	[DMS_FAULT_FAIL_ROLLBACK]	= "fail_rollback",
	[DMS_FAULT_SKIP_QUIESCE]	= "skip_quiesce",
	[DMS_FAULT_HOLD_POLL]		= "hold_poll",
	[DMS_FAULT_OLD_POOL]		= "old_pool",
	[DMS_FAULT_NO_POOL]		= "no_pool",
	[DMS_FAULT_HOST_ONLY]		= "host_only",
	[DMS_FAULT_CLEAR_PROVIDER]	= "clear_provider",
	[DMS_FAULT_UNMAP]		= "unmap",
	[DMS_FAULT_DOUBLE_FREE]		= "double_free",
	[DMS_FAULT_FREE_IN_USE]		= "free_in_use",
	[DMS_FAULT_FOREIGN_FREE]	= "foreign_free",
	[DMS_FAULT_FREE_AGAIN]		= "free_again",
	[DMS_FAULT_NO_RTNL]		= "no_rtnl",
	[DMS_WAIT_ALLOC]		= "wait_alloc",
	[DMS_WAIT_STOP_BEGIN]		= "wait_stop_begin",
	[DMS_WAIT_STOP_DMA]		= "wait_stop_dma",
	[DMS_WAIT_STOP_IRQ]		= "wait_stop_irq",
	[DMS_WAIT_STOP_NAPI]		= "wait_stop_napi",
	[DMS_WAIT_START_BEGIN]		= "wait_start_begin",
	[DMS_WAIT_START_NAPI]		= "wait_start_napi",
	[DMS_WAIT_START_DMA]		= "wait_start_dma",
};

static enum dms_fault_nr dms_fault_nr(const struct dms_fault *f)
{
	return f - f->nic->faults->fault;
}

static bool dms_fault_is_wait(const struct dms_fault *f)
{
	return dms_fault_nr(f) >= DMS_WAIT_ALLOC;
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

/* Moves when somebody else than NAPI gives a net_iov back */
static int dms_fault_returns(const struct dms_ring *ring)
{
	return ring && ring->data_pool->mp_priv ?
	       READ_ONCE(ring->data_pool->ring.producer) : 0;
}

/**
 * dms_fault_wait_slow() - give softirq time in the middle of a restart
 * @q:		queue that is being restarted
 * @point:	where
 *
 * Context: process context under rtnl; sleeps.
 */
void dms_fault_wait_slow(struct dms_rxq *q, enum dms_fault_nr point)
{
	struct dms_fault *f = &q->nic->faults->fault[point];
	u64 frames, packets, lost;
	int returns;

	if (!dms_fault_due(q->nic, point))
		return;

	frames = u64_stats_read(&q->dev_stats.v[DMS_DMA_FRAMES]);
	packets = u64_stats_read(&q->stats.v[DMS_RX_PACKETS]);
	lost = u64_stats_read(&q->dev_stats.v[DMS_NO_QUEUE]);
	returns = dms_fault_returns(q->ring);
	msleep(f->ms);

	spin_lock_bh(&q->nic->faults->lock);
	f->injected++;
	f->frames += u64_stats_read(&q->dev_stats.v[DMS_DMA_FRAMES]) != frames;
	f->packets += u64_stats_read(&q->stats.v[DMS_RX_PACKETS]) != packets;
	f->lost += u64_stats_read(&q->dev_stats.v[DMS_NO_QUEUE]) != lost;
	f->returned += dms_fault_returns(q->ring) != returns;
	spin_unlock_bh(&q->nic->faults->lock);
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
	if (dms_fault_is_wait(f))
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
	enum dms_fault_nr nr = dms_fault_nr(f);

	if (!f->armed)
		return;

	f->armed = false;
	if (nr == DMS_FAULT_SHARE_POOL)
		dms_fault_direct_recycling(f->nic, true);
	dms_fault_give_back(f->nic, nr);
	static_branch_dec(&dms_faults_key);
}

static void dms_fault_arm(struct dms_fault *f, const struct dms_fault *set)
{
	if (set->times && !f->armed) {
		f->armed = true;
		static_branch_inc(&dms_faults_key);
		if (dms_fault_nr(f) == DMS_FAULT_SHARE_POOL)
			dms_fault_direct_recycling(f->nic, false);
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
	struct dms_fault set = {};
	u32 queue;
	int err;

	if (dms_fault_nr(f) == DMS_FAULT_NO_RTNL) {
		if (kstrtouint(text, 10, &queue))
			return -EINVAL;
		return dms_fault_no_rtnl(f->nic, queue);
	}

	err = dms_fault_parse(text, dms_fault_is_wait(f), &set);
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
	INIT_WORK(&nic->faults->elsewhere, dms_fault_elsewhere);
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

	cancel_work_sync(&nic->faults->elsewhere);
	for (i = 0; i < DMS_FAULTS; i++)
		dms_fault_off(&nic->faults->fault[i]);
	kfree(nic->faults);
	nic->faults = NULL;
}

static void dms_faults_show(struct net_device *dev)
{
	struct dms_faults *faults = ((struct dms_nic *)netdev_priv(dev))->faults;
	char name[IFNAMSIZ + 16];
	u32 i;

	if (net_eq(dev_net(dev), &init_net))
		snprintf(name, sizeof(name), "%s", dev->name);
	else
		snprintf(name, sizeof(name), "%s@%u", dev->name,
			 dev_net(dev)->ns.inum);

	faults->dir = debugfs_create_dir(name, dms_faults_root);
	for (i = 0; i < DMS_FAULTS; i++)
		debugfs_create_file(dms_fault_names[i], 0600, faults->dir,
				    &faults->fault[i], &dms_fault_fops);
}

static void dms_faults_hide(struct net_device *dev)
{
	struct dms_faults *faults = ((struct dms_nic *)netdev_priv(dev))->faults;

	debugfs_remove(faults->dir);
	faults->dir = NULL;
}

/* The folder follows the NIC's name and namespace. A NIC that moves is
 * unregistered here and registered there.
 */
static int dms_faults_event(struct notifier_block *nb, unsigned long event,
			    void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (dev->netdev_ops != &dms_nic_ops)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_REGISTER:
		dms_faults_show(dev);
		break;
	case NETDEV_UNREGISTER:
		dms_faults_hide(dev);
		break;
	case NETDEV_CHANGENAME:
		dms_faults_hide(dev);
		dms_faults_show(dev);
		break;
	}

	return NOTIFY_DONE;
}

static struct notifier_block dms_faults_nb = {
	.notifier_call = dms_faults_event,
};

/**
 * dms_faults_init() - get ready for the first NIC
 *
 * Return: 0, or what registering the notifier failed with.
 */
int dms_faults_init(void)
{
	int err;

	dms_faults_root = debugfs_create_dir(DMS_NAME, NULL);
	err = register_netdevice_notifier(&dms_faults_nb);
	if (err)
		debugfs_remove(dms_faults_root);
	return err;
}

/**
 * dms_faults_exit() - the last NIC is gone
 */
void dms_faults_exit(void)
{
	unregister_netdevice_notifier(&dms_faults_nb);
	debugfs_remove(dms_faults_root);
}
