// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fdio.h"
#include "cli/cli.h"

#define PATIENCE_S 5 /* a revert of many knobs takes a moment; a guard that hangs longer is ill */

static int connect_guard(const struct rp_cli *cli)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", cli->run_dir, RP_CONTROL_SOCKET);
    if (n < 0 || (size_t)n >= sizeof(address.sun_path))
        return -ENAMETOOLONG;
    RP_CLEANUP_FD int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        return errno == ECONNREFUSED ? -ENOENT : -errno;
    return RP_TAKE_FD(fd);
}

int rp_client_ask(const struct rp_cli *cli, enum rp_control_verb verb, struct rp_control_reply *reply, int *ret_fd)
{
    struct rp_control_request request = {.version = RP_CONTROL_VERSION, .verb = (uint32_t)verb};
    struct rp_control_reply answer;
    struct rp_fds fds = {.n = 0};
    size_t len = 0;
    RP_CLEANUP_FD int fd = connect_guard(cli);
    if (fd < 0)
        return fd;
    if (send(fd, &request, sizeof(request), MSG_NOSIGNAL) != (ssize_t)sizeof(request))
        return -errno;
    int rc = rp_recv_fds(fd, &answer, sizeof(answer), &len, &fds);
    if (rc != 0)
        return rc;
    if (ret_fd && fds.n == 1)
        *ret_fd = fds.fd[0];
    else
        for (size_t i = 0; i < fds.n; i++)
            (void)close(fds.fd[i]);
    if (len != sizeof(answer) || (ret_fd && fds.n != 1 && answer.error == 0))
        return -EPROTO;
    *reply = answer;
    return answer.error;
}

void rp_client_explain(const struct rp_cli *cli, int error)
{
    switch (-error) {
    case ENOENT:
        fprintf(
            stderr,
            "reprieve: no guard is running (%s/%s answers nobody).\n"
            "Start it with `reprieved --config /etc/reprieve/reprieve.yaml`, or name its directory with --run-dir.\n",
            cli->run_dir, RP_CONTROL_SOCKET);
        break;
    case EACCES:
    case EPERM:
        fprintf(stderr, "reprieve: not allowed to talk to the guard: run this as root.\n");
        break;
    case EOWNERDEAD:
        fprintf(stderr, "reprieve: the guard died three times within ten minutes and observes only, until reprieved is "
                        "restarted.\n");
        break;
    case EPROTONOSUPPORT:
        fprintf(stderr,
                "reprieve: the running guard is of another version than this tool (%s): use the tool that came "
                "with it.\n",
                RP_VERSION);
        break;
    case EAGAIN:
        fprintf(stderr,
                "reprieve: the guard does not answer within %d s; the supervisor replaces a dead one, so try again.\n",
                PATIENCE_S);
        break;
    default:
        fprintf(stderr, "reprieve: cannot talk to the guard: %s\n", strerror(-error));
        break;
    }
}

int rp_client_open(const struct rp_cli *cli, struct rp_snapshot *ret)
{
    struct rp_control_reply reply;
    RP_CLEANUP_FD int fd = -1;
    int rc = rp_client_ask(cli, RP_CONTROL_HELLO, &reply, &fd);
    if (rc == 0)
        rc = rp_snapshot_open(ret, fd, reply.arena_bytes);
    if (rc == 0) {
        rc = rp_snapshot_take(ret);
        if (rc != 0)
            rp_snapshot_close(ret);
    }
    if (rc != 0)
        rp_client_explain(cli, rc);
    return rc;
}
