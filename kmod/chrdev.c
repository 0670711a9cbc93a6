// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/ovppN: one node a site, minor number N.
 *
 * The node comes and goes with its site, open files outlive it: each holds the
 * site and its ring, and learns from ovpp_ring_gone() that the site has been removed.
 * Open files also hold the module, as the device's owner.
 *
 * No function here takes site->lock, and the class has no attributes: taking a
 * node away never waits for anything that could wait for the site.
 */

#include <linux/capability.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "chrdev.h"
#include "ring.h"
#include "site.h"

/* Every minor number is ours, so that a site's id is its minor. */
#define OVPP_MINORS (MINORMASK + 1)

static dev_t ovpp_devt;
static struct cdev ovpp_cdev;

static int ovpp_open(struct inode *inode, struct file *file)
{
	struct ovpp_site *site;
	struct ovpp_file *f;

	/* Whoever may write may move the plant, whatever the node's mode says. */
	if ((file->f_mode & FMODE_WRITE) && !capable(CAP_NET_ADMIN))
		return -EPERM;
	f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f)
		return -ENOMEM;
	site = ovpp_site_by_minor(iminor(inode));
	if (!site) {
		kfree(f);
		return -ENXIO;
	}
	f->site = site;
	f->ring = site->ring;
	ovpp_ring_get(f->ring);
	f->cursor = ovpp_ring_head(f->ring);
	mutex_init(&f->lock);
	file->private_data = f;
	return 0;
}

static int ovpp_release(struct inode *inode, struct file *file)
{
	struct ovpp_file *f = file->private_data;

	ovpp_site_disown(f->site, f);
	ovpp_ring_put(f->ring);
	ovpp_site_put(f->site);
	kfree(f);
	return 0;
}

/* The size of a mapping is all there is to find; read() has its own cursor. */
static loff_t ovpp_llseek(struct file *file, loff_t offset, int whence)
{
	struct ovpp_file *f = file->private_data;

	if (whence != SEEK_END || offset)
		return -EINVAL;
	return ovpp_ring_size(f->ring);
}

/*
 * Copies whole records that are there. What was overwritten before its turn
 * shows as a jump of seq.
 */
static ssize_t ovpp_read_records(struct ovpp_file *f, struct iov_iter *to)
{
	u64 records = (u64)f->ring->mask + 1;
	struct ovpp_record rec;
	u64 cursor = f->cursor;
	ssize_t done = 0;
	u64 head;

	while (iov_iter_count(to) >= sizeof(rec)) {
		head = ovpp_ring_head(f->ring);
		if (cursor >= head)
			break;
		if (head - cursor > records)
			cursor = head - records;
		if (ovpp_ring_copy(f->ring, cursor, &rec)) {
			cursor++;
			continue;
		}
		if (copy_to_iter(&rec, sizeof(rec), to) != sizeof(rec)) {
			done = done ?: -EFAULT;
			break;
		}
		cursor++;
		done += sizeof(rec);
	}
	WRITE_ONCE(f->cursor, cursor);
	return done;
}

/* Is there anything to say to a reader? If not, asks to be woken. */
static bool ovpp_readable(struct ovpp_file *f)
{
	u64 cursor = READ_ONCE(f->cursor);

	if (ovpp_ring_head(f->ring) > cursor)
		return true;
	spin_lock_irq(&f->ring->wait.lock);
	ovpp_ring_wake_at(f->ring, cursor + 1);
	spin_unlock_irq(&f->ring->wait.lock);
	return ovpp_ring_head(f->ring) > cursor || ovpp_ring_gone(f->ring);
}

static ssize_t ovpp_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct ovpp_file *f = iocb->ki_filp->private_data;
	bool gone;
	ssize_t ret;

	if (iov_iter_count(to) < sizeof(struct ovpp_record))
		return -EINVAL;
	for (;;) {
		/* Before the look at the head: then what is read is all. */
		gone = ovpp_ring_gone(f->ring);
		if (mutex_lock_interruptible(&f->lock))
			return -ERESTARTSYS;
		ret = ovpp_read_records(f, to);
		mutex_unlock(&f->lock);
		if (ret)
			return ret;
		if (gone)
			return -ENODEV;
		if ((iocb->ki_flags & IOCB_NOWAIT) || (iocb->ki_filp->f_flags & O_NONBLOCK))
			return -EAGAIN;
		ret = wait_event_interruptible(f->ring->wait, ovpp_readable(f));
		if (ret)
			return ret;
	}
}

/*
 * Asks for the next record, not for the first unread one: edge-triggered users
 * are told of new records only, the others look at the mask.
 */
static __poll_t ovpp_poll(struct file *file, poll_table *wait)
{
	struct ovpp_file *f = file->private_data;
	struct ovpp_ring *ring = f->ring;
	__poll_t mask = 0;

	poll_wait(file, &ring->wait, wait);
	spin_lock_irq(&ring->wait.lock);
	ovpp_ring_wake_at(ring, ovpp_ring_head(ring) + 1);
	spin_unlock_irq(&ring->wait.lock);
	if (ovpp_ring_head(ring) > READ_ONCE(f->cursor))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (ovpp_ring_gone(ring))
		mask |= EPOLLERR | EPOLLHUP;
	return mask;
}

static int ovpp_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct ovpp_file *f = file->private_data;

	return ovpp_ring_mmap(f->ring, vma);
}

static const struct file_operations ovpp_fops = {
	.owner = THIS_MODULE,
	.open = ovpp_open,
	.release = ovpp_release,
	.llseek = ovpp_llseek,
	.read_iter = ovpp_read_iter,
	.poll = ovpp_poll,
	.mmap = ovpp_mmap,
	.uring_cmd = ovpp_uring_cmd,
};

/* Root's until udev gives it to a group. */
static char *ovpp_devnode(const struct device *dev, umode_t *mode)
{
	if (mode)
		*mode = 0660;
	return NULL;
}

/* Lets udev make a link that stays the same whatever the number is. */
static int ovpp_uevent(const struct device *dev, struct kobj_uevent_env *env)
{
	const struct ovpp_site *site = dev_get_drvdata(dev);

	/* The device goes before its site does. */
	return add_uevent_var(env, "OVPP_SITE=%s", site->name);
}

static const struct class ovpp_class = {
	.name = "openvpp",
	.devnode = ovpp_devnode,
	.dev_uevent = ovpp_uevent,
};

int ovpp_chrdev_add(struct ovpp_site *site)
{
	struct device *dev;

	dev = device_create(&ovpp_class, NULL, MKDEV(MAJOR(ovpp_devt), site->id),
			    site, "ovpp%u", site->id);
	if (IS_ERR(dev))
		return PTR_ERR(dev);
	site->dev = dev;
	return 0;
}

void ovpp_chrdev_del(struct ovpp_site *site)
{
	if (!site->dev)
		return;
	device_destroy(&ovpp_class, site->dev->devt);
	site->dev = NULL;
}

int ovpp_chrdev_init(void)
{
	int ret;

	ret = alloc_chrdev_region(&ovpp_devt, 0, OVPP_MINORS, "openvpp");
	if (ret)
		return ret;
	cdev_init(&ovpp_cdev, &ovpp_fops);
	ovpp_cdev.owner = THIS_MODULE;
	ret = cdev_add(&ovpp_cdev, ovpp_devt, OVPP_MINORS);
	if (ret)
		goto err_region;
	ret = class_register(&ovpp_class);
	if (ret)
		goto err_cdev;
	return 0;

err_cdev:
	cdev_del(&ovpp_cdev);
err_region:
	unregister_chrdev_region(ovpp_devt, OVPP_MINORS);
	return ret;
}

void ovpp_chrdev_exit(void)
{
	class_unregister(&ovpp_class);
	cdev_del(&ovpp_cdev);
	unregister_chrdev_region(ovpp_devt, OVPP_MINORS);
}
