/** The end of a form in a pane: what it does, and the way out of it that changes nothing. */
export function FormButtons({
  submit,
  cancel,
  isDisabled,
  onCancel,
}: {
  submit: string;
  cancel: string;
  isDisabled: boolean;
  onCancel: () => void;
}) {
  return (
    <div className="row">
      <button type="submit" className="btn sm primary" disabled={isDisabled}>
        {submit}
      </button>
      <button type="button" className="btn sm quiet" onClick={onCancel}>
        {cancel}
      </button>
    </div>
  );
}
