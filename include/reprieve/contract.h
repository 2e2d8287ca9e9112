// SPDX-License-Identifier: Apache-2.0
/*
 * The workload contract: what a workload says it is worth and how it checkpoints.
 * The same keys come as pod annotations (`reprieve.dev/<key>`) and in reprieve.yaml; one parser serves both.
 */
#ifndef RP_CONTRACT_H
#define RP_CONTRACT_H

#include "reprieve/tables.h"
#include "reprieve/types.h"

#define RP_ANNOTATION_PREFIX "reprieve.dev/"
#define RP_CONTRACT_PATH_MAX 192

enum rp_trigger { RP_TRIGGER_NONE, RP_TRIGGER_SIGNAL, RP_TRIGGER_FILE };
enum rp_effect { RP_EFFECT_CONTINUES, RP_EFFECT_ENDS };
enum rp_target { RP_TARGET_PID1, RP_TARGET_ALL, RP_TARGET_COMM, RP_TARGET_PIDFILE };
enum rp_ack { RP_ACK_NONE, RP_ACK_FILE, RP_ACK_EXIT, RP_ACK_MTIME, RP_ACK_WRAP };

/* Bits of rp_contract.set: which keys were given; the others hold defaults. */
#define RP_CONTRACT_PROTECT      (1u << 0)
#define RP_CONTRACT_VALUE        (1u << 1)
#define RP_CONTRACT_FLOOR        (1u << 2)
#define RP_CONTRACT_CHECKPOINT   (1u << 3)
#define RP_CONTRACT_EFFECT       (1u << 4)
#define RP_CONTRACT_TARGET       (1u << 5)
#define RP_CONTRACT_ACK          (1u << 6)
#define RP_CONTRACT_DURATION     (1u << 7)
#define RP_CONTRACT_TIMEOUT      (1u << 8)
#define RP_CONTRACT_MIN_INTERVAL (1u << 9)
#define RP_CONTRACT_EXIT_CODES   (1u << 10)
#define RP_CONTRACT_HANDLER      (1u << 11)

struct rp_contract {
    uint32_t set;
    bool protect;
    bool signalfd;          /* checkpoint-handler: signalfd: a blocked signal counts as handled */
    uint8_t trigger;        /* enum rp_trigger */
    uint8_t effect;         /* enum rp_effect */
    uint8_t target;         /* enum rp_target */
    uint8_t ack;            /* enum rp_ack */
    uint8_t floor;          /* strongest enum rp_action_kind allowed against this pod; RP_ACTION_NONE: none */
    uint8_t signal;         /* signal number, with RP_TRIGGER_SIGNAL */
    uint16_t value;         /* 0..1000, valid if RP_CONTRACT_VALUE */
    uint32_t exit_codes[4]; /* bit set of 0..127 with RP_ACK_EXIT; default: only 0 */
    rp_ns duration_ns;      /* first estimate, until one was measured */
    rp_ns timeout_ns;
    rp_ns min_interval_ns;
    char comm[RP_NAME_MAX]; /* RP_TARGET_COMM */
    /* absolute, as the container sees them */
    char request_path[RP_CONTRACT_PATH_MAX]; /* RP_TRIGGER_FILE */
    char pidfile[RP_CONTRACT_PATH_MAX];      /* RP_TARGET_PIDFILE */
    char ack_path[RP_CONTRACT_PATH_MAX];     /* RP_ACK_FILE, _WRAP; RP_ACK_MTIME: a pattern, see rp_glob_match */
};

/* A sentence for people: what is wrong with a value and what is accepted. */
struct rp_complaint {
    char text[200];
};

/* Defaults: unprotected, floor kill, no checkpoint, 30 s estimate, 5 min timeout, 10 min between requests. */
void rp_contract_init(struct rp_contract *contract);

/*
 * Set one key (without the prefix). 0; -ENOENT unknown key; -EINVAL value not understood; -EOPNOTSUPP understood but
 * not supported yet. On failure the contract is untouched and `why` says what to write instead.
 */
int rp_contract_set(struct rp_contract *contract, const char *key, const char *value,
                    struct rp_complaint *why) RP_MUST_CHECK;

/* Rules between keys (an ack needs a checkpoint, TERM and INT only with effect `ends`, ...). 0 or -EINVAL and why. */
int rp_contract_check(const struct rp_contract *contract, struct rp_complaint *why) RP_MUST_CHECK;

#endif
