/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All faults, one row each: DMS_FAULT_TYPE(NUMBER, members of its struct
 * dms_fault_type). Who includes this says what becomes of a row: fault.h makes
 * the numbers of them, fault_types.c the table. So there is no include guard.
 *
 * A further fault is a row here, and a place in the driver that asks for it:
 * "if (dms_fault(nic, NUMBER))".
 */

/* While packets come in */
DMS_FAULT_TYPE(DMS_FAULT_MIXED_SKB,
	       .name = "mixed_skb")
DMS_FAULT_TYPE(DMS_FAULT_MIXED_STREAM,
	       .name = "mixed_stream")
DMS_FAULT_TYPE(DMS_FAULT_LATE_DELIVERY,
	       .name = "late_delivery")
DMS_FAULT_TYPE(DMS_FAULT_SHARE_POOL,
	       .name = "share_pool",
	       .on = dms_pools_disown, .off = dms_pools_own)
DMS_FAULT_TYPE(DMS_FAULT_OTHER_CPU,
	       .name = "other_cpu",
	       .on = dms_elsewhere_on, .off = dms_elsewhere_off)
DMS_FAULT_TYPE(DMS_FAULT_LEAK,
	       .name = "leak",
	       .off = dms_fault_give_back)

/* When the core restarts a queue */
DMS_FAULT_TYPE(DMS_FAULT_FAIL_ALLOC,
	       .name = "fail_alloc")
DMS_FAULT_TYPE(DMS_FAULT_FAIL_STOP,
	       .name = "fail_stop")
DMS_FAULT_TYPE(DMS_FAULT_FAIL_START,
	       .name = "fail_start")
DMS_FAULT_TYPE(DMS_FAULT_FAIL_ROLLBACK,
	       .name = "fail_rollback")
DMS_FAULT_TYPE(DMS_FAULT_SKIP_QUIESCE,
	       .name = "skip_quiesce")
DMS_FAULT_TYPE(DMS_FAULT_HOLD_POLL,
	       .name = "hold_poll")
DMS_FAULT_TYPE(DMS_FAULT_OLD_POOL,
	       .name = "old_pool")
DMS_FAULT_TYPE(DMS_FAULT_NO_POOL,
	       .name = "no_pool")

/* Whenever a ring is made */
DMS_FAULT_TYPE(DMS_FAULT_HOST_ONLY,
	       .name = "host_only")

/* When the driver exchanges the rings itself */
DMS_FAULT_TYPE(DMS_FAULT_CLEAR_PROVIDER,
	       .name = "clear_provider")
DMS_FAULT_TYPE(DMS_FAULT_UNMAP,
	       .name = "unmap")

/* When the memory of a queue is freed */
DMS_FAULT_TYPE(DMS_FAULT_DOUBLE_FREE,
	       .name = "double_free")
DMS_FAULT_TYPE(DMS_FAULT_FREE_IN_USE,
	       .name = "free_in_use",
	       .off = dms_fault_give_back)
DMS_FAULT_TYPE(DMS_FAULT_FOREIGN_FREE,
	       .name = "foreign_free",
	       .off = dms_fault_give_back)
DMS_FAULT_TYPE(DMS_FAULT_FREE_AGAIN,
	       .name = "free_again",
	       .off = dms_fault_give_back)

/* At once */
DMS_FAULT_TYPE(DMS_FAULT_NO_RTNL,
	       .name = "no_rtnl",
	       .set = dms_fault_no_rtnl)

/* No faults, but time for the other side */
DMS_FAULT_TYPE(DMS_WAIT_ALLOC,
	       .name = "wait_alloc", .is_wait = true)
DMS_FAULT_TYPE(DMS_WAIT_STOP_BEGIN,
	       .name = "wait_stop_begin", .is_wait = true)
DMS_FAULT_TYPE(DMS_WAIT_STOP_DMA,
	       .name = "wait_stop_dma", .is_wait = true)
DMS_FAULT_TYPE(DMS_WAIT_STOP_IRQ,
	       .name = "wait_stop_irq", .is_wait = true)
DMS_FAULT_TYPE(DMS_WAIT_STOP_NAPI,
	       .name = "wait_stop_napi", .is_wait = true)
DMS_FAULT_TYPE(DMS_WAIT_START_BEGIN,
	       .name = "wait_start_begin", .is_wait = true)
DMS_FAULT_TYPE(DMS_WAIT_START_NAPI,
	       .name = "wait_start_napi", .is_wait = true)
DMS_FAULT_TYPE(DMS_WAIT_START_DMA,
	       .name = "wait_start_dma", .is_wait = true)
