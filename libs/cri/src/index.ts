export { type ContainerdConfig, containerdConfigToml } from './containerd/config.ts';
export { type ContainerdOptions, ContainerdRuntime } from './containerd/runtime.ts';
export { type HollowBehaviour, type HollowOptions, HollowRuntime } from './hollow/runtime.ts';
export { type ImageSpec, imageArchive } from './image/archive.ts';
export { importImage } from './image/import.ts';
export { PAUSE_IMAGE, pauseArchive } from './image/pause.ts';
export type { TarEntry } from './image/tar.ts';
export * from './types.ts';
