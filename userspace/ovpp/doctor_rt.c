// SPDX-License-Identifier: GPL-2.0-or-later
/* ovpp doctor: what stands between the loop and its CPU. */
#include "can_link.h"
#include "doctor.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CPU_MAX 64

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif

/* An idle state from which waking takes longer is worth a word, us. */
#define IDLE_LATENCY_US 20

static bool starts_with(const char *s, const char *start)
{
	return !strncmp(s, start, strlen(start));
}

static bool is_irq(const struct doctor_task *t)
{
	return starts_with(t->comm, "irq/");
}

/*
 * The loop's own threads, and those of the kernel that are above everything by
 * design and run only when a CPU is stopped.
 */
static bool is_expected(const struct doctor_task *t)
{
	return starts_with(t->comm, "ovpp/") || starts_with(t->comm, "migration/") ||
	       starts_with(t->comm, "stopper/");
}

static bool is_realtime(const struct doctor_task *t)
{
	return t->policy == SCHED_FIFO || t->policy == SCHED_RR || t->policy == SCHED_DEADLINE;
}

/**
 * struct rivals - tasks at or above the loop's priority
 * @d: examination
 * @irq: look for interrupt threads, or for the others
 * @n_cpus: length of @cpus
 * @cpus: CPUs of the loops
 * @seen: real-time tasks of the kind
 * @names: those that compete
 * @n_can: length of @can_irq
 * @can_irq: interrupts of CAN controllers
 * @can: their threads: no rivals, a frame goes through them on its way to the loop
 */
struct rivals {
	const struct doctor *d;
	bool irq;
	size_t n_cpus;
	int cpus[CPU_MAX];
	unsigned int seen;
	char names[DOCTOR_TEXT];
	size_t n_can;
	int can_irq[CPU_MAX];
	char can[DOCTOR_TEXT];
};

static bool shares_cpu(const struct rivals *r, const struct doctor_task *t)
{
	for (size_t i = 0; i < r->n_cpus; i++) {
		if (doctor_in_list(t->cpus, r->cpus[i]))
			return true;
	}
	return false;
}

static bool is_of_can(const struct rivals *r, const struct doctor_task *t)
{
	int irq;

	if (sscanf(t->comm, "irq/%d-", &irq) != 1)
		return false;
	for (size_t i = 0; i < r->n_can; i++) {
		if (r->can_irq[i] == irq)
			return true;
	}
	return false;
}

static void find_rival(const struct doctor_task *t, void *arg)
{
	struct rivals *r = arg;

	if (!is_realtime(t) || is_expected(t) || is_irq(t) != r->irq)
		return;
	r->seen++;
	if (is_of_can(r, t)) {
		doctor_list(r->can, sizeof(r->can), "%s (%d)", t->comm, t->priority);
		return;
	}
	if (t->policy != SCHED_DEADLINE && t->priority < r->d->priority)
		return;
	if (!shares_cpu(r, t))
		return;
	if (t->policy == SCHED_DEADLINE)
		doctor_list(r->names, sizeof(r->names), "%s (deadline)", t->comm);
	else
		doctor_list(r->names, sizeof(r->names), "%s (%d)", t->comm, t->priority);
}

static void find_can_irqs(const struct doctor *d, struct rivals *r)
{
	struct can_link *links = NULL;
	char line[32];
	size_t n = 0;

	can_links(&links, &n);
	for (size_t i = 0; i < n && r->n_can < CPU_MAX; i++) {
		if (!doctor_read(d, line, sizeof(line), "/sys/class/net/%s/device/irq",
				 links[i].name))
			r->can_irq[r->n_can++] = atoi(line);
	}
	free(links);
}

static void find_rivals(struct doctor *d, struct rivals *r, bool irq)
{
	memset(r, 0, sizeof(*r));
	r->d = d;
	r->irq = irq;
	r->n_cpus = doctor_cpus(d, r->cpus, CPU_MAX);
	find_can_irqs(d, r);
	doctor_each_task(d, find_rival, r);
}

static void check_tasks(struct doctor *d)
{
	struct rivals r;

	find_rivals(d, &r, false);
	if (*r.names)
		doctor_say(d, DOCTOR_WARN,
			   "Give them a lower priority (chrt -f -p 10 PID) or "
			   "other CPUs (taskset), or raise the loop: ovpp site "
			   "set --priority.",
			   "at or above the loop's %d, on its CPU: %s", d->priority, r.names);
	else
		doctor_say(d, DOCTOR_OK, NULL,
			   "none of %u real-time tasks is at or above the "
			   "loop's %d on its CPU",
			   r.seen, d->priority);
}

static void check_interrupts(struct doctor *d)
{
	struct rivals r;

	find_rivals(d, &r, true);
	if (*r.names)
		doctor_say(d, DOCTOR_WARN,
			   "Lower them (chrt -f -p 50 PID), or move them off the "
			   "loop's CPU (/proc/irq/N/smp_affinity).",
			   "at or above the loop's %d, on its CPU: %s%s%s", d->priority, r.names,
			   *r.can ? "; of CAN: " : "", r.can);
	else if (!r.seen)
		doctor_say(d, DOCTOR_OK, NULL, "interrupts are not threaded on this kernel");
	else
		doctor_say(d, DOCTOR_OK, NULL,
			   "none of %u is at or above the loop's %d on its "
			   "CPU%s%s",
			   r.seen, d->priority, *r.can ? "; of CAN: " : "", r.can);
}

static void check_throttling(struct doctor *d)
{
	char runtime[32], period[32];

	if (doctor_read(d, runtime, sizeof(runtime), "/proc/sys/kernel/sched_rt_runtime_us") ||
	    doctor_read(d, period, sizeof(period), "/proc/sys/kernel/sched_rt_period_us"))
		doctor_say(d, DOCTOR_SKIP, NULL, "cannot be read");
	else if (atol(runtime) < 0)
		doctor_say(d, DOCTOR_OK, NULL, "off");
	else
		doctor_say(d, DOCTOR_WARN,
			   "A runaway real-time task would hold up the loop too. "
			   "Once all of them are trusted: sysctl "
			   "kernel.sched_rt_runtime_us=-1",
			   "real-time tasks get at most %s of %s us", runtime, period);
}

/* Is @cpu in the list that a parameter of the command line gives? */
static bool in_parameter(const char *cmdline, const char *name, int cpu)
{
	const char *p = strstr(cmdline, name);

	return p && doctor_in_list(p + strlen(name), cpu);
}

static void check_cpu_isolation(struct doctor *d, const char *cmdline, int cpu)
{
	char isolated[256] = "", nohz[256] = "", missing[128] = "";
	char advice[DOCTOR_TEXT];

	doctor_read(d, isolated, sizeof(isolated), "/sys/devices/system/cpu/isolated");
	doctor_read(d, nohz, sizeof(nohz), "/sys/devices/system/cpu/nohz_full");
	if (!doctor_in_list(isolated, cpu))
		doctor_list(missing, sizeof(missing), "isolcpus");
	if (!doctor_in_list(nohz, cpu))
		doctor_list(missing, sizeof(missing), "nohz_full");
	if (!in_parameter(cmdline, "rcu_nocbs=", cpu) && !doctor_in_list(nohz, cpu))
		doctor_list(missing, sizeof(missing), "rcu_nocbs");
	snprintf(advice, sizeof(advice),
		 "Keep other work off it; on the kernel's command line: "
		 "isolcpus=managed_irq,domain,%d nohz_full=%d rcu_nocbs=%d",
		 cpu, cpu, cpu);
	if (*missing)
		doctor_say(d, DOCTOR_WARN, advice,
			   "CPU %d of the loop is not isolated (without %s)", cpu, missing);
	else
		doctor_say(d, DOCTOR_OK, NULL, "CPU %d of the loop is isolated", cpu);
}

static void check_isolation(struct doctor *d)
{
	char online[256] = "", cmdline[4096] = "";
	int cpus[CPU_MAX];
	size_t n = doctor_cpus(d, cpus, CPU_MAX);

	doctor_read(d, online, sizeof(online), "/sys/devices/system/cpu/online");
	doctor_read(d, cmdline, sizeof(cmdline), "/proc/cmdline");
	if (!strcmp(online, "0")) {
		doctor_say(d, DOCTOR_SKIP, NULL, "there is only one CPU");
		return;
	}
	if (!json_array_size(d->sites)) {
		doctor_say(d, DOCTOR_SKIP, NULL, "there is no site, so no loop on a CPU");
		return;
	}
	for (size_t i = 0; i < n; i++)
		check_cpu_isolation(d, cmdline, cpus[i]);
}

static void check_governor(struct doctor *d)
{
	char governor[64], others[DOCTOR_TEXT] = "";
	size_t n, found = 0;
	int cpus[CPU_MAX];

	n = doctor_cpus(d, cpus, CPU_MAX);
	for (size_t i = 0; i < n; i++) {
		if (doctor_read(d, governor, sizeof(governor),
				"/sys/devices/system/cpu/cpu%d/cpufreq/"
				"scaling_governor",
				cpus[i]))
			continue;
		found++;
		if (strcmp(governor, "performance"))
			doctor_list(others, sizeof(others), "CPU %d: %s", cpus[i], governor);
	}
	if (!found)
		doctor_say(d, DOCTOR_OK, NULL, "the kernel does not change the frequency");
	else if (*others)
		doctor_say(d, DOCTOR_WARN, "cpupower frequency-set -g performance", "%s", others);
	else
		doctor_say(d, DOCTOR_OK, NULL, "performance");
}

/* The longest time to wake from an idle state that is not disabled, us. */
static long idle_latency(const struct doctor *d, int cpu, bool *any)
{
	char latency[32], disabled[32] = "0";
	long longest = 0;

	for (int state = 0; state < 16; state++) {
		if (doctor_read(d, latency, sizeof(latency),
				"/sys/devices/system/cpu/cpu%d/cpuidle/"
				"state%d/latency",
				cpu, state))
			break;
		*any = true;
		doctor_read(d, disabled, sizeof(disabled),
			    "/sys/devices/system/cpu/cpu%d/cpuidle/"
			    "state%d/disable",
			    cpu, state);
		if (!atoi(disabled) && atol(latency) > longest)
			longest = atol(latency);
	}
	return longest;
}

static void check_idle(struct doctor *d)
{
	int cpus[CPU_MAX];
	size_t n = doctor_cpus(d, cpus, CPU_MAX);
	long longest = 0, us;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		us = idle_latency(d, cpus[i], &any);
		if (us > longest)
			longest = us;
	}
	if (!any)
		doctor_say(d, DOCTOR_OK, NULL, "the kernel knows none");
	else if (longest > IDLE_LATENCY_US)
		doctor_say(d, DOCTOR_WARN, "Disable the deep ones: cpupower idle-set -D 10",
			   "waking from the deepest one takes %ld us", longest);
	else
		doctor_say(d, DOCTOR_OK, NULL, "waking from the deepest one takes %ld us", longest);
}

const struct doctor_check doctor_rt[] = {
	{"real-time tasks", check_tasks},
	{"interrupt threads", check_interrupts},
	{"throttling", check_throttling},
	{"CPU isolation", check_isolation},
	{"frequency scaling", check_governor},
	{"idle states", check_idle},
	{0},
};
