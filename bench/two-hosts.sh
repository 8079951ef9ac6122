#!/usr/bin/env bash
# Runs a command on two hosts that are network namespaces of this one, joined by a cable of the given speed:
#
#     bash bench/two-hosts.sh 1gbit bun bench/mpi.ts
#
# What mpirun starts below it is spread over both, over TCP. Needs root, iproute2 and Open MPI; the speed is any of tc's.
set -euo pipefail
rate=$1
shift
hosts=$(mktemp -d)
a=amface-$$-a b=amface-$$-b
finish() {
  ip netns del $a 2>/dev/null || true
  ip netns del $b 2>/dev/null || true
  rm -rf "$hosts"
}
trap finish EXIT

ip netns add $a
ip netns add $b
ip link add cable netns $a type veth peer name cable netns $b
number=1
for host in $a $b; do
  ip netns exec $host ip address add 10.77.0.$number/24 dev cable
  ip netns exec $host ip link set cable up
  ip netns exec $host ip link set lo up
  ip netns exec $host tc qdisc add dev cable root tbf rate "$rate" burst 2mb latency 20ms
  echo "10.77.0.$number slots=1" >>"$hosts/hostfile"
  number=$((number + 1))
done

# What mpirun calls in place of ssh, with the host's address and a command.
cat >"$hosts/agent" <<'AGENT'
#!/bin/sh
shift
exec ip netns exec HOST unshare --uts sh -c 'hostname amface-b; exec sh -c "$*"' sh "$@"
AGENT
sed -i "s/HOST/$b/" "$hosts/agent"
chmod +x "$hosts/agent"
export AMFACE_LINK="$rate"
export OMPI_MCA_plm=rsh OMPI_MCA_plm_rsh_agent="$hosts/agent" OMPI_MCA_orte_default_hostfile="$hosts/hostfile"
export OMPI_MCA_btl=tcp,self OMPI_MCA_btl_tcp_if_include=10.77.0.0/24 OMPI_MCA_oob_tcp_if_include=10.77.0.0/24
ip netns exec $a "$@"
