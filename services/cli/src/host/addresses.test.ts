import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { addressIn, freeClusterNetworks, freeNodeCidr, isFreeNetwork } from './addresses.ts';
import { whyNoContainers } from './machine.ts';

test('addresses are counted from the beginning of their network, over octets', () => {
  assert.equal(addressIn('10.96.0.0/16', 1), '10.96.0.1');
  assert.equal(addressIn('10.244.0.0/16', 2 * 256), '10.244.2.0');
  assert.equal(addressIn('10.96.255.0/20', 300), '10.97.0.44');
  assert.equal(addressIn('192.168.0.0/16', 255), '192.168.0.255');
});

test('the network for nodes on this machine is none that the machine is in', () => {
  const [base = ''] = freeNodeCidr().split('/');
  const prefix = base.split('.').slice(0, 3).join('.');
  for (const { address } of Object.values(networkInterfaces()).flatMap((each) => each ?? []))
    assert.equal(address.startsWith(`${prefix}.`), false, address);
});

test('the networks of a new cluster are a pair, and none that the machine is in', () => {
  const { podCidr, serviceCidr } = freeClusterNetworks();
  const second = (cidr: string) => Number(cidr.split('.')[1]);
  assert.equal(second(podCidr) - second(serviceCidr), 244 - 96);
  for (const { address } of Object.values(networkInterfaces()).flatMap((each) => each ?? []))
    assert.equal(address.startsWith(`10.${second(podCidr)}.`), false, address);
});

test('a network that a table left behind still translates is not free', {
  skip: whyNoContainers() ?? false,
}, () => {
  const table = 'reckon-test-addresses';
  const nft = (script: string) => spawnSync('nft', ['-f', '-'], { input: script }).status;
  assert.equal(
    nft(`table inet ${table} { chain output { ip daddr 10.239.0.0/16 reject; ip daddr 10.238.0.7 drop; }; }`),
    0,
  );
  try {
    const isFree = isFreeNetwork();
    assert.deepEqual(['10.237.0.0/16', '10.238.0.0/16', '10.239.128.0/17', '10.240.0.0/16'].map(isFree), [
      true,
      false,
      false,
      true,
    ]);
  } finally {
    nft(`delete table inet ${table}`);
  }
});
