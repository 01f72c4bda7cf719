/** @returns {{ readonly problem: string } | { readonly cache: string }} */
export function prepareLiveTests():
  | {
      readonly problem: string;
    }
  | {
      readonly cache: string;
    };
