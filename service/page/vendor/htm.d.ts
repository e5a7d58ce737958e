declare const htm: {
  bind<HResult>(
    h: (type: any, props: any, ...children: any[]) => HResult,
  ): (strings: TemplateStringsArray, ...values: any[]) => any;
};
export default htm;
