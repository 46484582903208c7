// The page of adding calls.
export {};
