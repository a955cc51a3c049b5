/** The address of a worker that the build bundles by itself. */
declare module "*?worker&url" {
  const address: string;
  export default address;
}
